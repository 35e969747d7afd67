//! Why a provider did not deliver. core/RULES.md chapter 3 names each code.

use super::{Entry, sentences};

sentences! {
    FailureUndeliverable
        "This message could not be delivered to the customer."
        "Ce message n’a pas pu être remis au client.";
    FailureMarketingLimit
        "WhatsApp limits marketing messages to this person. Wait 24 hours before you send it again."
        "WhatsApp limite les messages marketing envoyés à cette personne. Attendez 24 heures avant de le renvoyer.";
    FailureOptedOut
        "This customer no longer wants your marketing messages."
        "Ce client ne veut plus de vos messages marketing.";
    FailureExperiment
        "Not sent by WhatsApp: this person is part of an experiment."
        "Non envoyé par WhatsApp : cette personne fait partie d’une expérience.";
    FailureUnsupportedType
        "This kind of message is not possible here. Send it differently."
        "Ce type de message n’est pas possible ici. Envoyez-le autrement.";
    FailureMediaDownload
        "The customer’s file could not be fetched. Ask them to send it again."
        "Le fichier du client n’a pas pu être récupéré. Demandez-lui de le renvoyer.";
    FailureMediaUpload
        "The file was not accepted. Check its type and size."
        "Le fichier n’a pas été accepté. Vérifiez son type et sa taille.";
    FailureTooManyToCustomer
        "Too many messages to this customer in a short time. Try again in a moment."
        "Trop de messages à ce client en peu de temps. Réessayez dans un instant.";
    FailureTooFast
        "Too many messages at once. Try again in a moment."
        "Trop de messages à la fois. Réessayez dans un instant.";
    FailureNumberRestricted
        "WhatsApp has restricted your number. Tell an administrator."
        "WhatsApp a restreint l’usage de votre numéro. Prévenez un administrateur.";
    FailureMisclassified
        "WhatsApp limits your templates for now because some were in the wrong category. Tell an administrator."
        "WhatsApp limite vos templates pour le moment : certains étaient dans la mauvaise catégorie. Prévenez un administrateur.";
    FailureAccountBlocked
        "WhatsApp has blocked sending for your company. Tell an administrator."
        "WhatsApp bloque les envois de votre entreprise. Prévenez un administrateur.";
    FailurePageRestricted
        "Meta has restricted this page. Tell an administrator."
        "Meta a restreint cette page. Prévenez un administrateur.";
    FailureCountry
        "Messages to this country are not allowed."
        "Les messages vers ce pays ne sont pas autorisés.";
    FailureBlockedByUs
        "Your company has blocked this customer."
        "Votre entreprise a bloqué ce client.";
    FailurePayment
        "There is a problem with the company’s payment to WhatsApp. Tell an administrator."
        "Il y a un problème de paiement entre l’entreprise et WhatsApp. Prévenez un administrateur.";
    FailurePermission
        "The channel is disconnected. Tell an administrator."
        "Le canal est déconnecté. Prévenez un administrateur.";
    FailureParameter
        "The inbox sent something that was not understood. Tell an administrator."
        "La messagerie a envoyé quelque chose qui n’a pas été compris. Prévenez un administrateur.";
    FailureTemporary
        "The provider has a problem right now. Try again in a moment."
        "Le service de messagerie a un problème en ce moment. Réessayez dans un instant.";
    FailureSelf
        "This is your own number."
        "C’est votre propre numéro.";
    FailureNumberSetup
        "Your number is not fully set up. Tell an administrator."
        "Votre numéro n’est pas entièrement configuré. Prévenez un administrateur.";
    FailureNoPhoneNumber
        "This template needs the customer’s phone number. Choose another one."
        "Ce template exige le numéro du client. Choisissez-en un autre.";
    FailureMarketingOff
        "Marketing templates are switched off for your company. Choose another template."
        "Les templates marketing sont désactivés pour votre entreprise. Choisissez un autre template.";
    FailureTemplateValues
        "This template has too few or too many values."
        "Il manque des valeurs au template, ou il y en a trop.";
    FailureTemplateMissing
        "This template no longer exists in this language or is not approved. Refresh the list and choose another."
        "Ce template n’existe plus dans cette langue ou n’est pas approuvé. Actualisez la liste et choisissez-en un autre.";
    FailureTemplateTooLong
        "The template is too long with these values. Shorten them."
        "Le template est trop long avec ces valeurs. Raccourcissez-les.";
    FailureTemplatePolicy
        "The template breaks WhatsApp’s rules. Tell an administrator."
        "Le template ne respecte pas les règles de WhatsApp. Prévenez un administrateur.";
    FailureTemplateFormat
        "A value does not fit the template. Change it."
        "Une valeur ne convient pas au template. Modifiez-la.";
    FailureTemplatePaused
        "This template is paused. Choose another."
        "Ce template est suspendu. Choisissez-en un autre.";
    FailureTemplateDisabled
        "This template was disabled for good. Choose another."
        "Ce template est désactivé définitivement. Choisissez-en un autre.";
    FailureFlow
        "The form in this template cannot be used right now. Tell an administrator."
        "Le formulaire de ce template n’est pas utilisable en ce moment. Prévenez un administrateur.";
    FailureIdentity
        "The customer’s security code changed. Verify who it is before you write."
        "Le code de sécurité du client a changé. Vérifiez son identité avant d’écrire.";
    FailureUnknown
        "Not delivered. The provider gave code {code}."
        "Non distribué. Le service de messagerie a donné le code {code}.";
    FailureUnexplained
        "Not delivered. The provider did not say why."
        "Non distribué. Le service de messagerie n’a pas dit pourquoi.";
}
