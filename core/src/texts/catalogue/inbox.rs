//! The inbox and what surrounds a conversation: channels, the connection, colleagues, empty lists.

use super::{Entry, sentences};

sentences! {
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

    // The phone and the server.
    ConnectionLive
        "Up to date"
        "À jour";
    ConnectionCatchingUp
        "Catching up…"
        "Mise à jour…";
    ConnectionOffline
        "Offline. You can read what has already arrived."
        "Hors ligne. Vous pouvez lire ce qui est déjà arrivé.";
    ConnectionSignedOut
        "You are signed out. Please sign in again."
        "Vous êtes déconnecté. Reconnectez-vous.";
    TimesUnconfirmed
        "Times will be confirmed once you are online."
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
        "Aucun template pour l’instant. Créez-en un pour chaque type de réponse que vous donnez souvent.";
    EmptySavedReplies
        "No saved replies yet."
        "Aucune réponse enregistrée.";
    EmptyOutbox
        "Nothing is waiting to be sent."
        "Aucun message en attente d’envoi.";
    EmptyLedger
        "No charges in this month."
        "Aucun montant facturé pour ce mois.";
    TemplateAdvice
        "Create one template for each kind of answer you usually give."
        "Créez un template pour chaque type de réponse que vous donnez souvent.";
}
