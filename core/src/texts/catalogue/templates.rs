//! Templates: which can be sent, what a new one must be like, what changed.

use super::{Entry, sentences};

sentences! {
    TemplatesNotHere
        "This channel has no templates."
        "Ce canal n’a pas de templates.";
    TemplateOtherChannel
        "This template belongs to another number."
        "Ce template appartient à un autre numéro.";
    TemplateNotFromConversations
        "Only templates created from Conversations can be sent here."
        "Seuls les templates créés depuis Conversations peuvent être envoyés ici.";
    TemplatePending
        "Waiting for Meta’s approval"
        "En attente de l’approbation de Meta";
    TemplateRejected
        "Rejected by Meta"
        "Refusé par Meta";
    TemplateRejectedWhy
        "Rejected by Meta: {reason}"
        "Refusé par Meta : {reason}";
    TemplatePaused
        "Paused by Meta"
        "Suspendu par Meta";
    TemplatePausedWhy
        "Paused by Meta: {reason}"
        "Suspendu par Meta : {reason}";
    TemplateDisabled
        "Disabled by Meta"
        "Désactivé par Meta";
    TemplateDisabledWhy
        "Disabled by Meta: {reason}"
        "Désactivé par Meta : {reason}";
    TemplateStatusUnknown
        "Not usable right now"
        "Non utilisable pour le moment";
    TemplateUnknownPart
        "This version of the app cannot send this template. Please update it."
        "Cette version de l’app ne peut pas envoyer ce template. Mettez-la à jour.";
    TemplateValueMissing
        "A value is missing for {name}."
        "Il manque une valeur pour {name}.";
    TemplateValueSurplus
        "The template has no variable {name}."
        "Le template n’a pas de variable {name}.";
    TemplateValueTwice
        "There are two values for {name}."
        "Il y a deux valeurs pour {name}.";
    TemplateNameEmpty
        "The template needs a name."
        "Le template doit avoir un nom.";
    TemplateNameCharacters
        "The name can contain only lower-case letters, digits and underscores."
        "Le nom ne peut contenir que des minuscules sans accent, des chiffres et des tirets bas.";
    TemplateNameTooLong
        "The name has {length} characters, {most} at most."
        "Le nom a {length} caractères, {most} au maximum.";
    TemplateLanguageInvalid
        "Choose a language, such as fr or en_US."
        "Choisissez une langue, par exemple fr ou en_US.";
    TemplateCategoryNotOffered
        "Choose marketing or utility as the category."
        "Choisissez la catégorie marketing ou utilitaire.";
    TemplatePartUnknown
        "This version of the app does not know this part of the template. Please update it."
        "Cette version de l’app ne connaît pas cette partie du template. Mettez-la à jour.";
    TemplateHeaderTwice
        "A template can have only one header."
        "Un template ne peut avoir qu’un seul en-tête.";
    TemplateHeaderEmpty
        "The header is empty."
        "L’en-tête est vide.";
    TemplateHeaderTooLong
        "The header has {length} characters, {most} at most."
        "L’en-tête a {length} caractères, {most} au maximum.";
    TemplateHeaderVariables
        "The header can contain only one variable."
        "L’en-tête ne peut contenir qu’une seule variable.";
    TemplateHeaderMedia
        "The header can be an image, a video or a document."
        "L’en-tête peut être une image, une vidéo ou un document.";
    TemplateBodyMissing
        "The template needs a body."
        "Le template doit avoir un corps.";
    TemplateBodyTwice
        "A template can have only one body."
        "Un template ne peut avoir qu’un seul corps.";
    TemplateBodyEmpty
        "The body is empty."
        "Le corps est vide.";
    TemplateBodyTooLong
        "The body has {length} characters, {most} at most."
        "Le corps a {length} caractères, {most} au maximum.";
    TemplateBodyStartsWithVariable
        "The body cannot begin with a variable."
        "Le corps ne peut pas commencer par une variable.";
    TemplateBodyEndsWithVariable
        "The body cannot end with a variable."
        "Le corps ne peut pas finir par une variable.";
    TemplateFooterTwice
        "A template can have only one footer."
        "Un template ne peut avoir qu’un seul pied de page.";
    TemplateFooterEmpty
        "The footer is empty."
        "Le pied de page est vide.";
    TemplateFooterTooLong
        "The footer has {length} characters, {most} at most."
        "Le pied de page a {length} caractères, {most} au maximum.";
    TemplateFooterVariables
        "The footer cannot contain variables."
        "Le pied de page ne peut pas contenir de variables.";
    TemplateBraces
        "Write a variable as a number or a name between double braces."
        "Écrivez une variable avec un numéro ou un nom entre doubles accolades.";
    TemplateVariableName
        "The variable {name} can contain only lower-case letters, digits and underscores."
        "La variable {name} ne peut contenir que des minuscules sans accent, des chiffres et des tirets bas.";
    TemplateVariablesMixed
        "Use either numbers or names for variables, not both."
        "Utilisez des numéros ou des noms pour les variables, pas les deux.";
    TemplateVariableOrder
        "Number the variables from 1 without a gap: {expected} is missing."
        "Numérotez les variables à partir de 1, sans trou : il manque {expected}.";
    TemplateButtonsTwice
        "A template can have only one group of buttons."
        "Un template ne peut avoir qu’un seul groupe de boutons.";
    TemplateNameTaken
        "There is already a template of this name in this language."
        "Il existe déjà un template de ce nom dans cette langue.";
    TemplatesTooMany
        "Meta allows {most} templates at most. Delete one first."
        "Meta autorise {most} templates au maximum. Supprimez-en un d’abord.";
    TemplateButtonsUrls
        "Meta allows {most} {most?button that opens|buttons that open} a page at most."
        "Meta autorise {most} {most?bouton qui ouvre|boutons qui ouvrent} une page au maximum.";
    TemplateButtonsPhones
        "Meta allows {most} {most?button that calls|buttons that call} a number at most."
        "Meta autorise {most} {most?bouton qui appelle|boutons qui appellent} un numéro au maximum.";
    TemplateButtonsCodes
        "Meta allows {most} {most?button that copies|buttons that copy} a code at most."
        "Meta autorise {most} {most?bouton qui copie|boutons qui copient} un code au maximum.";
    TemplateButtonsContacts
        "Meta allows {most} {most?button that asks|buttons that ask} for the phone number at most."
        "Meta autorise {most} {most?bouton qui demande|boutons qui demandent} le numéro de téléphone au maximum.";
    TemplateButtonsMixed
        "Keep quick replies together, before or after the other buttons."
        "Regroupez les réponses rapides, avant ou après les autres boutons.";
    TemplateButtonFlow
        "Button {number} opens a form, which cannot be created here."
        "Le bouton {number} ouvre un formulaire, qui ne peut pas être créé ici.";
    TemplateButtonUrlTooLong
        "The address of button {number} has {length} characters, {most} at most."
        "L’adresse du bouton {number} a {length} caractères, {most} au maximum.";
    TemplateValuePlace
        "The value for {name} is not a position in degrees, such as 48.8566."
        "La valeur de {name} n’est pas une position en degrés, par exemple 48.8566.";
    TemplateValueCode
        "The code for {name} is longer than {most} characters."
        "Le code pour {name} dépasse {most} caractères.";
    TemplateValueSpaces
        "The value for {name} has a line break, a tab or too many spaces in a row."
        "La valeur de {name} contient un saut de ligne, une tabulation ou trop d’espaces à la suite.";
    TemplateNowApproved
        "Meta has approved this template."
        "Meta a approuvé ce template.";
    TemplateNowMarketing
        "This template is now in the marketing category: check its price."
        "Ce template est maintenant dans la catégorie marketing : vérifiez son prix.";
    TemplateNowUtility
        "This template is now in the utility category: check its price."
        "Ce template est maintenant dans la catégorie utilitaire : vérifiez son prix.";
    TemplateNowAuthentication
        "This template is now in the authentication category: check its price."
        "Ce template est maintenant dans la catégorie authentification : vérifiez son prix.";
    TemplateNowOtherCategory
        "This template is now in another category: check its price."
        "Ce template est maintenant dans une autre catégorie : vérifiez son prix.";
    TemplateNowOtherWords
        "The text of this template has changed: read it again before you send it."
        "Le texte de ce template a changé : relisez-le avant de l’envoyer.";
    TemplateButtonsTooMany
        "The template has {count} {count?button|buttons}, {most} at most."
        "Le template a {count} {count?bouton|boutons}, {most} au maximum.";
    TemplateButtonsEmpty
        "There is no button."
        "Il n’y a aucun bouton.";
    TemplateButtonTextEmpty
        "Button {number} has no text."
        "Le bouton {number} n’a pas de texte.";
    TemplateButtonTextTooLong
        "Button {number} has {length} characters, {most} at most."
        "Le bouton {number} a {length} caractères, {most} au maximum.";
    TemplateButtonTextVariables
        "The text of button {number} cannot contain variables."
        "Le texte du bouton {number} ne peut pas contenir de variables.";
    TemplateButtonUrl
        "Button {number} needs an address that begins with https://."
        "Le bouton {number} doit avoir une adresse qui commence par https://.";
    TemplateButtonUrlVariable
        "The address of button {number} can contain one variable, at its end."
        "L’adresse du bouton {number} peut contenir une variable, à la fin.";
    TemplateButtonPhone
        "Button {number} needs a phone number with its country code."
        "Le bouton {number} doit avoir un numéro de téléphone avec son indicatif de pays.";
    TemplateButtonUnknown
        "This version of the app does not know the kind of button {number}. Please update it."
        "Cette version de l’app ne connaît pas le type du bouton {number}. Mettez-la à jour.";
    TemplateSampleMissing
        "Meta requires an example for {name}."
        "Meta demande un exemple pour {name}.";
    TemplateSampleSurplus
        "There is an example for {name}, but the template has no such variable."
        "Il y a un exemple pour {name}, mais le template n’a pas cette variable.";
}
