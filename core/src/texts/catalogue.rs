//! The catalogue: every sentence in English, then in French.
//!
//! A key without words does not compile. In a text, `{name}` is an argument and
//! `{count?one|many}` chooses by the language's own plural (French counts 0 as one). French is
//! written here with plain spaces: the narrow ones before `; : ! ?` and inside `« »` are set by
//! [`typeset`](super::typeset).

use crate::model::PhraseKey;

/// The words of one key.
pub(super) struct Entry {
    pub(super) english: &'static str,
    pub(super) french: &'static str,
}

macro_rules! catalogue {
    ($($key:ident $english:literal $french:literal;)+) => {
        /// The words of a key.
        pub(super) fn entry(key: PhraseKey) -> Entry {
            match key { $(PhraseKey::$key => Entry { english: $english, french: $french }),+ }
        }
    };
}

catalogue! {
    // The messaging window and the place where one writes.
    WindowOpenUntil
        "You can reply until {until}."
        "Vous pouvez répondre jusqu’à {until}.";
    WindowHumanAgentUntil
        "Only a person may still reply, until {until}."
        "Seule une personne peut encore répondre, jusqu’à {until}.";
    WindowUnlimited
        "You can reply at any time."
        "Vous pouvez répondre à tout moment.";
    WindowNeverOpened
        "This customer has not written yet."
        "Ce client n’a pas encore écrit.";
    WindowEnded
        "The messaging window has been closed since {since}."
        "La fenêtre de messagerie est fermée depuis {since}.";
    WindowRefused
        "The messaging window has been closed since {since}, when a reply was refused."
        "La fenêtre de messagerie est fermée depuis {since} : une réponse a été refusée.";
    WindowClosedByServer
        "The messaging window is closed: the inbox says so."
        "La fenêtre de messagerie est fermée : c’est ce qu’indique la messagerie.";
    WindowDiffersEnd
        "The inbox counts until {said}; from the messages here it would be {reckoned}."
        "La messagerie compte jusqu’à {said} ; d’après les messages reçus, ce serait {reckoned}.";
    WindowDiffersClosed
        "The inbox says the window is closed; from the messages here it would be open until {reckoned}."
        "La messagerie indique que la fenêtre est fermée ; d’après les messages reçus, elle serait ouverte jusqu’à {reckoned}.";
    WindowDiffersNever
        "The inbox says the window is closed, although this channel usually has none."
        "La messagerie indique que la fenêtre est fermée, bien que ce canal n’en ait pas d’habitude.";
    WindowDiffersOpen
        "The inbox says you can still reply until {said}; from the messages here the window is closed."
        "La messagerie indique que vous pouvez répondre jusqu’à {said} ; d’après les messages reçus, la fenêtre est fermée.";
    WindowClosed
        "Not sent: the messaging window is closed."
        "Non envoyé : la fenêtre de messagerie est fermée.";
    WaitForCustomer
        "The messaging window is closed. You can write again once the customer does."
        "La fenêtre de messagerie est fermée. Vous pourrez écrire dès que le client aura réécrit.";
    RestartConversation
        "Restart the conversation"
        "Relancer la conversation";
    SendTemplate
        "Send the WhatsApp template"
        "Envoyer le template WhatsApp";
    SendTemplatePriced
        "Send the WhatsApp template ({price})"
        "Envoyer le template WhatsApp ({price})";
    WaitsForAnswer
        "Template sent. You can write freely once the customer answers."
        "Template envoyé. Vous pourrez écrire librement dès que le client aura répondu.";
    BlockedNotLinked
        "This channel is not linked yet. An administrator can link it."
        "Ce canal n’est pas encore lié. Un administrateur peut le lier.";
    BlockedVerifying
        "This channel is being verified. You can write once that is done."
        "Ce canal est en cours de vérification. Vous pourrez écrire ensuite.";
    BlockedDisconnected
        "This channel is disconnected. An administrator can reconnect it."
        "Ce canal est déconnecté. Un administrateur peut le reconnecter.";
    BlockedState
        "This channel cannot be used right now."
        "Ce canal n’est pas utilisable pour le moment.";
    BlockedChannelMissing
        "This channel is not known on this phone yet."
        "Ce canal n’est pas encore connu sur ce téléphone.";
    BlockedChannelKind
        "This version of the app cannot write on this channel. Please update it."
        "Cette version de l’app ne peut pas écrire sur ce canal. Mettez-la à jour.";

    // Notifications.
    ReminderClosing
        "{name} is waiting for an answer. You can reply until {until}."
        "{name} attend une réponse. Vous pouvez répondre jusqu’à {until}.";

    // Channels.
    ChannelWhatsapp
        "WhatsApp"
        "WhatsApp";
    ChannelMessenger
        "Messenger"
        "Messenger";
    ChannelInstagram
        "Instagram"
        "Instagram";
    ChannelWidget
        "Website chat"
        "Chat du site";
    ChannelOther
        "Another channel"
        "Un autre canal";
    ChannelNotLinked
        "Not linked"
        "Non lié";
    ChannelVerifying
        "Being verified"
        "En cours de vérification";
    ChannelConnected
        "Connected"
        "Connecté";
    ChannelDisconnected
        "Disconnected"
        "Déconnecté";
    ChannelStateUnknown
        "Not usable right now"
        "Non utilisable pour le moment";

    // What became of a message.
    NotSeen
        "(not seen)"
        "(non vu)";
    Seen
        "(seen)"
        "(vu)";
    DeliveryUnreported
        "On its way"
        "En chemin";
    DeliverySent
        "Sent"
        "Envoyé";
    DeliveryDelivered
        "Received"
        "Reçu";
    DeliveryRead
        "Seen"
        "Vu";
    DeliveryPlayed
        "Played"
        "Écouté";
    DeliveryFailed
        "Not delivered"
        "Non distribué";
    DeliveryContradiction
        "A failure and a delivery were both reported: the customer has probably received this message."
        "Un échec et une réception ont été signalés : le client a probablement reçu ce message.";

    // What waits to be sent.
    OutboxQueued
        "Waiting to be sent"
        "En attente d’envoi";
    OutboxWaitsForNetwork
        "Will be sent when you are online"
        "Sera envoyé dès que vous serez en ligne";
    OutboxUploading
        "Sending the file…"
        "Envoi du fichier…";
    OutboxSending
        "Sending…"
        "Envoi…";
    OutboxUnknown
        "Checking whether it was sent…"
        "Vérification de l’envoi…";
    OutboxAccepted
        "Being handed over…"
        "Transmission en cours…";
    DecisionWindowClosed
        "Not sent: the messaging window closed while it waited. Keep the text, or restart the conversation."
        "Non envoyé : la fenêtre de messagerie s’est fermée pendant l’attente. Gardez le texte ou relancez la conversation.";
    DecisionWindowReopened
        "The customer has written again: a template is no longer needed. Send it anyway?"
        "Le client a réécrit : un template n’est plus nécessaire. L’envoyer quand même ?";
    DecisionLeftView
        "Not sent: you no longer have access to this conversation."
        "Non envoyé : vous n’avez plus accès à cette conversation.";
    DecisionTooOld
        "It has waited for a day. Is it still worth sending?"
        "En attente depuis un jour. Faut-il encore l’envoyer ?";
    DecisionEarlierRefused
        "Held back: an earlier message to this customer was refused."
        "Retenu : un message précédent à ce client a été refusé.";
    DecisionAmbiguous
        "Nobody knows whether the customer received it. Sending it again may show it twice."
        "Personne ne sait si le client l’a reçu. S’il est renvoyé, il peut arriver deux fois.";
    DecisionServerRestored
        "The inbox was restored from a backup: it may have been sent or not."
        "La messagerie a été restaurée depuis une sauvegarde : le message est peut-être déjà parti.";

    // The phone and the server.
    ConnectionLive
        "Up to date"
        "À jour";
    ConnectionCatchingUp
        "Catching up…"
        "Mise à jour…";
    ConnectionOffline
        "Offline: what has already arrived can be read."
        "Hors ligne : ce qui est déjà arrivé reste lisible.";
    ConnectionSignedOut
        "You are signed out. Please sign in again."
        "Vous êtes déconnecté. Reconnectez-vous.";
    TimesUnconfirmed
        "Times are not confirmed until you are online."
        "Les heures seront confirmées une fois en ligne.";
    PresenceViewing
        "{name} is viewing this conversation"
        "{name} consulte cette conversation";
    PresenceAnswering
        "{name} is replying"
        "{name} est en train de répondre";

    // Empty lists.
    EmptyPlan
        "Conversations are not part of your company’s plan. They come with Chat Pro."
        "Les conversations ne font pas partie de l’offre de votre entreprise. Elles sont incluses dans Chat Pro.";
    EmptyInbox
        "No conversations yet. Customers’ messages will appear here."
        "Aucune conversation pour l’instant. Les messages des clients apparaîtront ici.";
    EmptyFilter
        "No conversation matches this filter."
        "Aucune conversation ne correspond à ce filtre.";
    EmptySearch
        "Nothing found."
        "Aucun résultat.";
    EmptyTemplates
        "No template yet. Create one for each kind of answer you usually give."
        "Aucun template pour l’instant. Créez-en un pour chaque type de réponse habituel.";
    EmptySavedReplies
        "No saved replies yet."
        "Aucune réponse enregistrée.";
    EmptyOutbox
        "Nothing is waiting to be sent."
        "Rien n’attend d’être envoyé.";
    EmptyLedger
        "Nothing was charged in this month."
        "Rien n’a été facturé ce mois-ci.";
    TemplateAdvice
        "Create one template for each kind of answer you usually give."
        "Créez un template pour chaque type de réponse habituel.";

    // Kinds of content.
    ContentPhoto
        "Photo"
        "Photo";
    ContentVideo
        "Video"
        "Vidéo";
    ContentVoice
        "Voice message"
        "Message vocal";
    ContentAudio
        "Audio"
        "Audio";
    ContentDocument
        "Document"
        "Document";
    ContentSticker
        "Sticker"
        "Sticker";
    ContentFile
        "File"
        "Fichier";
    ContentMediaComing
        "The file is on its way…"
        "Le fichier arrive…";
    ContentLocation
        "Location"
        "Position";
    ContentContact
        "Contact"
        "Contact";
    ContentContacts
        "{count?Contact|{count} contacts}"
        "{count?Contact|{count} contacts}";
    ContentReaction
        "Reacted with {emoji}"
        "A réagi avec {emoji}";
    ContentReactionRemoved
        "Removed a reaction"
        "A retiré une réaction";
    ContentTemplate
        "Template"
        "Template";
    ContentOrder
        "Order"
        "Commande";
    ContentOrderOf
        "Order of {count} {count?product|products}"
        "Commande de {count} {count?produit|produits}";
    ContentCall
        "Call"
        "Appel";
    ContentCallLasted
        "Call, {length}"
        "Appel, {length}";
    ContentCallMissed
        "Missed call"
        "Appel manqué";
    ContentAnswer
        "Answer"
        "Réponse";
    ContentComment
        "Comment, not visible to the customer"
        "Commentaire, invisible pour le client";
    ContentNumberChanged
        "The customer changed their phone number."
        "Le client a changé de numéro de téléphone.";
    ContentIdentityChanged
        "The customer’s security code changed."
        "Le code de sécurité du client a changé.";
    ContentSystem
        "Something changed in this conversation."
        "Un changement a eu lieu dans cette conversation.";
    ContentRequestWelcome
        "The customer opened the chat."
        "Le client a ouvert la discussion.";
    ContentUnsupported
        "This message cannot be shown. Ask the customer to send it differently."
        "Ce message ne peut pas être affiché. Demandez au client de l’envoyer autrement.";
    ContentUnknown
        "This version of the app cannot show this message. Please update it."
        "Cette version de l’app ne peut pas afficher ce message. Mettez-la à jour.";
    ContentDeleted
        "Message deleted by the customer"
        "Message supprimé par le client";
    ContentEdited
        "edited"
        "modifié";
    HistoryGap
        "Some messages are not on this phone yet."
        "Certains messages ne sont pas encore sur ce téléphone.";

    // Who wrote.
    AuthorYou
        "You"
        "Vous";
    AuthorColleague
        "A colleague"
        "Un collègue";
    AuthorPhoneApp
        "From the company’s phone"
        "Depuis le téléphone de l’entreprise";
    AuthorAutomation
        "Automatic message"
        "Message automatique";
    AuthorSystem
        "Information"
        "Information";
    AuthorUnknown
        "Unknown sender"
        "Expéditeur inconnu";

    // What it costs.
    QuoteFreeEntryPoint
        "Free until {until}: the customer came from an advertisement"
        "Gratuit jusqu’à {until} : le client vient d’une publicité";
    QuoteFreeInWindow
        "Free until {until}, while the window is open"
        "Gratuit jusqu’à {until}, tant que la fenêtre est ouverte";
    QuoteFreeByTariff
        "Free with this tariff"
        "Gratuit avec ce tarif";
    QuoteNeverCharged
        "Free"
        "Gratuit";
    QuoteCovered
        "Already paid until {until}"
        "Déjà payé jusqu’à {until}";
    QuoteGrant
        "Free: {left} free {left?message|messages} left"
        "Gratuit : il reste {left} {left?message gratuit|messages gratuits}";
    QuotePlan
        "Included: {left} {left?message|messages} left in your plan"
        "Inclus : il reste {left} {left?message|messages} dans votre forfait";
    QuoteMonthly
        "Free: {left} free {left?message|messages} left this month"
        "Gratuit : il reste {left} {left?message gratuit|messages gratuits} ce mois-ci";
    QuoteCosts
        "Costs {price}"
        "Coûte {price}";
    QuoteEstimate
        "Costs about {price} (estimate)"
        "Coûte environ {price} (estimation)";
    QuoteNoTariff
        "Not priced"
        "Sans prix";
    QuoteUnknownTariff
        "Not priced: this tariff is not known here"
        "Sans prix : ce tarif n’est pas connu ici";
    QuoteNoRate
        "Not priced: no rate for this country"
        "Sans prix : aucun tarif pour ce pays";
    QuoteNoNumber
        "Not priced: the customer’s number is not known"
        "Sans prix : le numéro du client n’est pas connu";
    QuoteNotInternational
        "Not priced: the customer’s number has no country code"
        "Sans prix : le numéro du client n’a pas d’indicatif de pays";
    LedgerReply
        "Reply"
        "Réponse";
    LedgerTemplate
        "Template"
        "Template";
    LedgerMarketing
        "Marketing template"
        "Template marketing";
    LedgerUtility
        "Utility template"
        "Template utilitaire";
    LedgerAuthentication
        "Authentication template"
        "Template d’authentification";
    LedgerOther
        "Other"
        "Autre";
    LedgerProvisional
        "estimate"
        "estimation";
    LedgerFinal
        "charged"
        "facturé";
    LedgerVoid
        "not charged: the message failed"
        "non facturé : le message a échoué";
    LedgerPrice
        "{price}"
        "{price}";
    LedgerAllowance
        "Included"
        "Inclus";
    LedgerNotPriced
        "Not priced"
        "Sans prix";

    // Templates.
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
        "The name takes lower-case letters, digits and underscores only."
        "Le nom n’accepte que des minuscules sans accent, des chiffres et des tirets bas.";
    TemplateNameTooLong
        "The name has {length} characters, {most} at most."
        "Le nom a {length} caractères, {most} au plus.";
    TemplateLanguageInvalid
        "Choose a language, such as fr or en_US."
        "Choisissez une langue, par exemple fr ou en_US.";
    TemplateCategoryNotOffered
        "Choose marketing or utility as the category."
        "Choisissez la catégorie marketing ou utilitaire.";
    TemplatePartUnknown
        "This part of the template is not known here."
        "Cette partie du template n’est pas connue ici.";
    TemplateHeaderTwice
        "A template has one header."
        "Un template a un seul en-tête.";
    TemplateHeaderEmpty
        "The header is empty."
        "L’en-tête est vide.";
    TemplateHeaderTooLong
        "The header has {length} characters, {most} at most."
        "L’en-tête a {length} caractères, {most} au plus.";
    TemplateHeaderVariables
        "The header takes one variable at most."
        "L’en-tête accepte une variable au plus.";
    TemplateHeaderMedia
        "The header takes an image, a video or a document."
        "L’en-tête accepte une image, une vidéo ou un document.";
    TemplateBodyMissing
        "The template needs a body."
        "Le template doit avoir un corps.";
    TemplateBodyTwice
        "A template has one body."
        "Un template a un seul corps.";
    TemplateBodyEmpty
        "The body is empty."
        "Le corps est vide.";
    TemplateBodyTooLong
        "The body has {length} characters, {most} at most."
        "Le corps a {length} caractères, {most} au plus.";
    TemplateBodyStartsWithVariable
        "The body cannot begin with a variable."
        "Le corps ne peut pas commencer par une variable.";
    TemplateBodyEndsWithVariable
        "The body cannot end with a variable."
        "Le corps ne peut pas finir par une variable.";
    TemplateFooterTwice
        "A template has one footer."
        "Un template a un seul pied de page.";
    TemplateFooterEmpty
        "The footer is empty."
        "Le pied de page est vide.";
    TemplateFooterTooLong
        "The footer has {length} characters, {most} at most."
        "Le pied de page a {length} caractères, {most} au plus.";
    TemplateFooterVariables
        "The footer takes no variables."
        "Le pied de page n’accepte pas de variables.";
    TemplateBraces
        "A variable is written as a number or a name between double braces."
        "Une variable s’écrit avec un numéro ou un nom entre doubles accolades.";
    TemplateVariableName
        "The variable {name} takes lower-case letters, digits and underscores only."
        "La variable {name} n’accepte que des minuscules sans accent, des chiffres et des tirets bas.";
    TemplateVariablesMixed
        "Variables are all numbers or all names."
        "Les variables sont toutes des numéros ou toutes des noms.";
    TemplateVariableOrder
        "Variables are numbered from 1 without a gap: {expected} is missing."
        "Les variables sont numérotées à partir de 1 sans trou : il manque {expected}.";
    TemplateButtonsTwice
        "A template has one group of buttons."
        "Un template a un seul groupe de boutons.";
    TemplateNameTaken
        "There is already a template of this name in this language."
        "Il existe déjà un template de ce nom dans cette langue.";
    TemplatesTooMany
        "Meta keeps {most} templates at most. Delete one first."
        "Meta conserve {most} templates au plus. Supprimez-en un d’abord.";
    TemplateButtonsUrls
        "Meta takes {most} buttons at most that open a page."
        "Meta accepte {most} boutons au plus qui ouvrent une page.";
    TemplateButtonsPhones
        "Meta takes {most} {most?button|buttons} at most that {most?calls|call} a number."
        "Meta accepte {most} {most?bouton|boutons} au plus pour appeler un numéro.";
    TemplateButtonsCodes
        "Meta takes {most} {most?button|buttons} at most that {most?copies|copy} a code."
        "Meta accepte {most} {most?bouton|boutons} au plus pour copier un code.";
    TemplateButtonsContacts
        "Meta takes {most} {most?button|buttons} at most that {most?asks|ask} for the phone number."
        "Meta accepte {most} {most?bouton|boutons} au plus pour demander le numéro de téléphone.";
    TemplateButtonsMixed
        "Quick replies stand together: before the other buttons or after them."
        "Les réponses rapides restent ensemble : avant les autres boutons ou après.";
    TemplateButtonFlow
        "Button {number} opens a form, which cannot be made here."
        "Le bouton {number} ouvre un formulaire, qui ne peut pas être créé ici.";
    TemplateButtonUrlTooLong
        "The address of button {number} has {length} characters, {most} at most."
        "L’adresse du bouton {number} a {length} caractères, {most} au plus.";
    TemplateValuePlace
        "The value for {name} is not a position in degrees, such as 48.8566."
        "La valeur de {name} n’est pas une position en degrés, par exemple 48.8566.";
    TemplateValueCode
        "The code for {name} has {most} characters at most."
        "Le code de {name} a {most} caractères au plus.";
    TemplateValueSpaces
        "The value for {name} has a line break, a tab or too many spaces in a row."
        "La valeur de {name} contient un saut de ligne, une tabulation ou trop d’espaces à la suite.";
    TemplateNowApproved
        "Meta has approved this template."
        "Meta a approuvé ce template.";
    TemplateNowMarketing
        "This template is now in the marketing category: look at its price again."
        "Ce template est maintenant dans la catégorie marketing : vérifiez son prix.";
    TemplateNowUtility
        "This template is now in the utility category: look at its price again."
        "Ce template est maintenant dans la catégorie utilitaire : vérifiez son prix.";
    TemplateNowAuthentication
        "This template is now in the authentication category: look at its price again."
        "Ce template est maintenant dans la catégorie authentification : vérifiez son prix.";
    TemplateNowOtherCategory
        "This template is now in another category: look at its price again."
        "Ce template est maintenant dans une autre catégorie : vérifiez son prix.";
    TemplateNowOtherWords
        "The words of this template have changed: read it again before you send it."
        "Le texte de ce template a changé : relisez-le avant de l’envoyer.";
    TemplateButtonsTooMany
        "The template has {count} {count?button|buttons}, {most} at most."
        "Le template a {count} {count?bouton|boutons}, {most} au plus.";
    TemplateButtonsEmpty
        "There is no button."
        "Il n’y a aucun bouton.";
    TemplateButtonTextEmpty
        "Button {number} has no text."
        "Le bouton {number} n’a pas de texte.";
    TemplateButtonTextTooLong
        "Button {number} has {length} characters, {most} at most."
        "Le bouton {number} a {length} caractères, {most} au plus.";
    TemplateButtonTextVariables
        "The text of button {number} takes no variables."
        "Le texte du bouton {number} n’accepte pas de variables.";
    TemplateButtonUrl
        "Button {number} needs an address that begins with https://."
        "Le bouton {number} doit avoir une adresse qui commence par https://.";
    TemplateButtonUrlVariable
        "The address of button {number} takes one variable, at its end."
        "L’adresse du bouton {number} accepte une variable, à la fin.";
    TemplateButtonPhone
        "Button {number} needs a phone number with its country code."
        "Le bouton {number} doit avoir un numéro de téléphone avec son indicatif de pays.";
    TemplateButtonUnknown
        "Button {number} is of a kind that is not known here."
        "Le bouton {number} est d’un type inconnu ici.";
    TemplateSampleMissing
        "Meta asks for a sample of {name}."
        "Meta demande un exemple pour {name}.";
    TemplateSampleSurplus
        "There is a sample for {name}, which the template does not have."
        "Il y a un exemple pour {name}, que le template n’a pas.";

    // Texts and files.
    TextEmpty
        "There is nothing to send."
        "Il n’y a rien à envoyer.";
    TextTooLong
        "Too long: {length} of {most} characters."
        "Trop long : {length} caractères sur {most}.";
    MediaKindRefused
        "This channel does not take this kind of file."
        "Ce canal n’accepte pas ce type de fichier.";
    MediaTypeRefused
        "This channel does not take files of type {mime}."
        "Ce canal n’accepte pas les fichiers de type {mime}.";
    MediaEmpty
        "The file is empty."
        "Le fichier est vide.";
    MediaTooLarge
        "Too large: {size}, {most} at most."
        "Trop volumineux : {size}, {most} au plus.";
    MediaConvert
        "Convert it to {mime} first."
        "Convertissez-le d’abord en {mime}.";
    MediaShrink
        "Make it smaller: {most} at most."
        "Réduisez-le : {most} au plus.";
    MediaAsDocument
        "Send it as a document."
        "Envoyez-le comme document.";
    ReactionTooOld
        "Messages older than 30 days take no reaction."
        "Les messages de plus de 30 jours n’acceptent pas de réaction.";
    ReactionNotHere
        "This message takes no reaction."
        "Ce message n’accepte pas de réaction.";
    SavedReplyUnknown
        "Nothing is known for {name}: fill it in before sending."
        "Rien n’est connu pour {name} : complétez avant d’envoyer.";

    // Why a provider did not deliver.
    FailureUndeliverable
        "Could not be delivered to this customer."
        "N’a pas pu être remis à ce client.";
    FailureMarketingLimit
        "WhatsApp limited marketing to this person. Do not send it again for 24 hours."
        "WhatsApp limite le marketing envers cette personne. Ne le renvoyez pas avant 24 heures.";
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
        "The file was not taken. Check its type and size."
        "Le fichier n’a pas été accepté. Vérifiez son type et sa taille.";
    FailureTooManyToCustomer
        "Too many messages to this customer in a short time. Try again in a moment."
        "Trop de messages à ce client en peu de temps. Réessayez dans un instant.";
    FailureTooFast
        "Too many messages at once. Try again in a moment."
        "Trop de messages à la fois. Réessayez dans un instant.";
    FailureNumberRestricted
        "WhatsApp has restricted your number. Tell an administrator."
        "WhatsApp a limité votre numéro. Prévenez un administrateur.";
    FailureMisclassified
        "WhatsApp limits your templates for now because some were in the wrong category. Tell an administrator."
        "WhatsApp limite vos templates pour le moment : certains étaient dans la mauvaise catégorie. Prévenez un administrateur.";
    FailureAccountBlocked
        "WhatsApp has blocked sending for your company. Tell an administrator."
        "WhatsApp bloque les envois de votre entreprise. Prévenez un administrateur.";
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
        "Values of the template are missing or too many."
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

    // Why the inbox server refused.
    RefusalNotUnderstood
        "The app and the inbox do not understand each other. Please update the app."
        "L’app et la messagerie ne se comprennent pas. Mettez l’app à jour.";
    RefusalSignInAgain
        "Please sign in again."
        "Reconnectez-vous.";
    RefusalSessionEnded
        "Your session was ended. Please sign in again."
        "Votre session a été fermée. Reconnectez-vous.";
    RefusalBadCredentials
        "The e-mail address or the password is wrong."
        "L’adresse e-mail ou le mot de passe est incorrect.";
    RefusalNotAllowed
        "You are not allowed to do this."
        "Vous n’avez pas le droit de faire cela.";
    RefusalNotFound
        "This no longer exists, or you no longer have access to it."
        "Cela n’existe plus, ou vous n’y avez plus accès.";
    RefusalPending
        "This is already being done."
        "C’est déjà en cours.";
    RefusalConflict
        "A colleague was faster: look at how it is now."
        "Un collègue a été plus rapide : regardez où cela en est.";
    RefusalCancelled
        "This was cancelled."
        "Cela a été annulé.";
    RefusalUpload
        "The file did not arrive whole. Send it again."
        "Le fichier n’est pas arrivé entier. Renvoyez-le.";
    RefusalSnapshot
        "The inbox is being read anew."
        "La messagerie est en cours de relecture.";
    RefusalKeyExpired
        "This waited for too long. Send it again if it is still wanted."
        "Cela a attendu trop longtemps. Renvoyez-le si c’est encore utile.";
    RefusalTooLarge
        "This is too large for the inbox."
        "C’est trop volumineux pour la messagerie.";
    RefusalTooLong
        "This text is too long for the channel."
        "Ce texte est trop long pour le canal.";
    RefusalTemplate
        "This template cannot be sent any more. Choose another."
        "Ce template ne peut plus être envoyé. Choisissez-en un autre.";
    RefusalNoCredit
        "There is no credit left. Tell an administrator."
        "Il n’y a plus de crédit. Prévenez un administrateur.";
    RefusalNotSupported
        "This channel cannot do that."
        "Ce canal ne le permet pas.";
    RefusalChannel
        "The channel is not connected. Tell an administrator."
        "Le canal n’est pas connecté. Prévenez un administrateur.";
    RefusalEpochChanged
        "The inbox was restored from a backup. Look at how it is now and do it again."
        "La messagerie a été restaurée depuis une sauvegarde. Vérifiez l’état actuel et recommencez.";
    RefusalProvider
        "The provider refused it."
        "Le service de messagerie l’a refusé.";
    RefusalBusy
        "The inbox is busy. Try again in a moment."
        "La messagerie est occupée. Réessayez dans un instant.";
    RefusalInternal
        "The inbox has a problem. It is not known whether this was done."
        "La messagerie a un problème. On ne sait pas si cela a été fait.";
    RefusalDamaged
        "This was damaged in the memory of your phone. Read it again before you send it."
        "Ceci a été endommagé dans la mémoire de votre téléphone. Relisez avant de l’envoyer.";
    RefusalOutboxDamaged
        "The memory of your phone was damaged: something you wrote may be lost. Check your drafts and your last replies."
        "La mémoire de votre téléphone a été endommagée : ce que vous avez écrit est peut-être perdu. Vérifiez vos brouillons et vos dernières réponses.";
    RefusalUnknown
        "The inbox refused this ({code})."
        "La messagerie a refusé ({code}).";
}
