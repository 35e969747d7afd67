//! What a message costs, before it is sent and afterwards.

use super::{Entry, sentences};

sentences! {
    QuoteFreeEntryPoint
        "Free until {until}: the customer came from an ad"
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
        "Coût : {price}";
    QuoteEstimate
        "Costs about {price} (estimate)"
        "Coût estimé : {price}";
    QuoteNoTariff
        "Not priced"
        "Non tarifé";
    QuoteUnknownTariff
        "Not priced: this app does not know the tariff"
        "Non tarifé : cette app ne connaît pas le tarif";
    QuoteNoRate
        "Not priced: no rate for this country"
        "Non tarifé : pas de prix pour ce pays";
    QuoteNoNumber
        "Not priced: the customer’s number is not known"
        "Non tarifé : le numéro du client n’est pas connu";
    QuoteNotInternational
        "Not priced: the customer’s number has no country code"
        "Non tarifé : le numéro du client n’a pas d’indicatif de pays";
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
        "Non tarifé";
}
