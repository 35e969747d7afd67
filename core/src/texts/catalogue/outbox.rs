//! What waits to be sent, and what the agent is asked to decide.

use super::{Entry, sentences};

sentences! {
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
        "Being passed on…"
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
        "This has been waiting for a day. Send it anyway?"
        "En attente depuis un jour. L’envoyer quand même ?";
    DecisionEarlierRefused
        "Held back: an earlier message to this customer was refused."
        "Retenu : un message précédent à ce client a été refusé.";
    DecisionAmbiguous
        "It is not known whether the customer received it. If you send it again, it may arrive twice."
        "On ne sait pas si le client l’a reçu. Si vous le renvoyez, il peut arriver deux fois.";
    DecisionServerRestored
        "The inbox was restored from a backup. It is not known whether this was sent."
        "La messagerie a été restaurée depuis une sauvegarde. On ne sait pas si le message est parti.";
}
