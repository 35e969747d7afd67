//! A message on screen: who wrote it, what it is, what became of it.

use super::{Entry, sentences};

sentences! {
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
    ContentUserIdChanged
        "WhatsApp gave the customer a new id."
        "WhatsApp a donné un nouvel identifiant au client.";
    ContentPassedToInbox
        "The automation handed the conversation over to the team."
        "L’automatisation a passé la conversation à l’équipe.";
    ContentTakenByAutomation
        "The automation is answering now."
        "L’automatisation répond désormais.";
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
    ContentDeletedByUs
        "Message deleted by us"
        "Message supprimé par nous";
    ContentEdited
        "edited"
        "modifié";
    HistoryGap
        "Some messages are not on this phone yet."
        "Certains messages ne sont pas encore sur ce téléphone.";

    // What became of a message.
    NotSeen
        "(not seen)"
        "(non vu)";
    Seen
        "(seen)"
        "(vu)";
    DeliveryHeld
        "Held by WhatsApp, which is still checking the template. Not sent yet."
        "Retenu par WhatsApp, qui vérifie encore le modèle. Pas encore envoyé.";
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
}
