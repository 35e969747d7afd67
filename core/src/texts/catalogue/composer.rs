//! The composer: until when one can write, and what to do when one cannot. What it refuses of a text, a file or a reaction.

use super::{Entry, sentences};

sentences! {
    // The messaging window and the place where one writes.
    WindowOpenUntil
        "You can reply until {until}."
        "Vous pouvez répondre jusqu’à {until}.";
    WindowHumanAgentUntil
        "You can still reply personally until {until}."
        "Vous pouvez encore répondre personnellement jusqu’à {until}.";
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
        "The messaging window is closed, according to the inbox."
        "La messagerie indique que la fenêtre est fermée.";
    WindowDiffersEnd
        "The inbox says you can reply until {said}; the messages on this phone say until {computed}."
        "La messagerie indique jusqu’à {said} ; d’après les messages de ce téléphone, ce serait jusqu’à {computed}.";
    WindowDiffersClosed
        "The inbox says the window is closed; the messages on this phone say it is open until {computed}."
        "La messagerie indique que la fenêtre est fermée ; d’après les messages de ce téléphone, elle est ouverte jusqu’à {computed}.";
    WindowDiffersNever
        "The inbox says the window is closed, although this channel usually has no window."
        "La messagerie indique que la fenêtre est fermée, alors que ce canal n’en a habituellement pas.";
    WindowDiffersOpen
        "The inbox says you can reply until {said}; the messages on this phone say the window is closed."
        "La messagerie indique que vous pouvez répondre jusqu’à {said} ; d’après les messages de ce téléphone, la fenêtre est fermée.";
    WindowClosed
        "Not sent: the messaging window is closed."
        "Non envoyé : la fenêtre de messagerie est fermée.";
    WaitForCustomer
        "The messaging window is closed. You can write again once the customer does."
        "La fenêtre de messagerie est fermée. Vous pourrez écrire à nouveau quand le client vous écrira.";
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
        "Ce canal est en cours de vérification. Vous pourrez écrire une fois qu’il sera vérifié.";
    BlockedDisconnected
        "This channel is disconnected. An administrator can reconnect it."
        "Ce canal est déconnecté. Un administrateur peut le reconnecter.";
    BlockedState
        "This channel cannot be used right now."
        "Ce canal n’est pas utilisable pour le moment.";
    BlockedChannelMissing
        "This phone does not know this channel yet."
        "Ce téléphone ne connaît pas encore ce canal.";
    BlockedChannelKind
        "This version of the app cannot write on this channel. Please update it."
        "Cette version de l’app ne peut pas écrire sur ce canal. Mettez-la à jour.";

    // Texts, files, reactions, saved replies.
    TextEmpty
        "There is nothing to send."
        "Il n’y a rien à envoyer.";
    TextTooLong
        "Too long: {length} characters, {most} at most."
        "Trop long : {length} caractères, {most} au maximum.";
    MediaKindRefused
        "This channel does not accept this kind of file."
        "Ce canal n’accepte pas ce type de fichier.";
    CaptionNotHere
        "This channel shows no text with such a file. Send the text as a message of its own."
        "Ce canal n’affiche pas de texte avec ce type de fichier. Envoyez le texte dans un message à part.";
    MediaTypeRefused
        "This channel does not accept files of type {mime}."
        "Ce canal n’accepte pas les fichiers de type {mime}.";
    MediaEmpty
        "The file is empty."
        "Le fichier est vide.";
    MediaTooLarge
        "Too large: {size}, {most} at most."
        "Trop volumineux : {size}, {most} au maximum.";
    MediaConvert
        "Convert it to {mime} first."
        "Convertissez-le d’abord en {mime}.";
    MediaShrink
        "Make it smaller: {most} at most."
        "Réduisez-le : {most} au maximum.";
    MediaAsDocument
        "Send it as a document."
        "Envoyez-le comme document.";
    ReactionTooOld
        "You cannot react to messages older than 30 days."
        "Impossible de réagir aux messages de plus de 30 jours.";
    ReactionNotHere
        "You cannot react to this message."
        "Impossible de réagir à ce message.";
    SavedReplyUnknown
        "There is no value for {name}: fill it in before you send."
        "Aucune valeur pour {name} : complétez avant d’envoyer.";
}
