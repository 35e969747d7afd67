//! Why the inbox server refused: a sentence for each code of core/PROTOCOL.md 1.

use super::{Entry, sentences};

sentences! {
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
    RefusalBadAddress
        "This is not the address of a server. It begins with https, like that of a web site."
        "Ce n’est pas l’adresse d’un serveur. Elle commence par https, comme celle d’un site web.";
    RefusalNotHttps
        "The address must begin with https, so that messages stay private on their way."
        "L’adresse doit commencer par https pour que les messages restent privés en chemin.";
    RefusalAddressLetters
        "Write the server’s address without accents or other letters: ask your administrator for the form that begins with xn--."
        "Écrivez l’adresse du serveur sans accents ni autres lettres : demandez à votre administrateur la forme qui commence par xn--.";
    RefusalBadRoots
        "The certificates of your company cannot be read. Please tell your administrator."
        "Les certificats de votre entreprise sont illisibles. Prévenez votre administrateur.";
    RefusalBadProxy
        "Write the proxy as its name and its port with a colon between them."
        "Écrivez le proxy avec son nom et son port, séparés par deux-points.";
    RefusalNotAllowed
        "You are not allowed to do this."
        "Vous n’avez pas le droit de faire cela.";
    RefusalNotFound
        "This no longer exists, or you no longer have access to it."
        "Cela n’existe plus, ou vous n’y avez plus accès.";
    RefusalPending
        "This is already in progress."
        "C’est déjà en cours.";
    RefusalConflict
        "A colleague acted before you. Check the conversation before you try again."
        "Un collègue a agi avant vous. Vérifiez la conversation avant de recommencer.";
    RefusalCancelled
        "This was cancelled."
        "Cela a été annulé.";
    RefusalUpload
        "The file arrived incomplete. Send it again."
        "Le fichier est arrivé incomplet. Renvoyez-le.";
    RefusalSnapshot
        "The inbox is being reloaded."
        "La messagerie est en cours de rechargement.";
    RefusalKeyExpired
        "This waited too long. Send it again if it is still needed."
        "Ceci a attendu trop longtemps. Renvoyez-le si c’est encore utile.";
    RefusalTooLarge
        "This is too large for the inbox."
        "C’est trop volumineux pour la messagerie.";
    RefusalTooLong
        "This text is too long for the channel."
        "Ce texte est trop long pour le canal.";
    RefusalTemplate
        "This template can no longer be sent. Choose another."
        "Ce template ne peut plus être envoyé. Choisissez-en un autre.";
    RefusalNoCredit
        "There is no credit left. Tell an administrator."
        "Il n’y a plus de crédit. Prévenez un administrateur.";
    RefusalNotSupported
        "This channel does not support that."
        "Ce canal ne le permet pas.";
    RefusalChannel
        "The channel is not connected. Tell an administrator."
        "Le canal n’est pas connecté. Prévenez un administrateur.";
    RefusalEpochChanged
        "The inbox was restored from a backup. Check the conversation and try again."
        "La messagerie a été restaurée depuis une sauvegarde. Vérifiez la conversation et recommencez.";
    RefusalProvider
        "The provider refused it."
        "Le service de messagerie l’a refusé.";
    RefusalBusy
        "The inbox is busy. Try again in a moment."
        "La messagerie est surchargée. Réessayez dans un instant.";
    RefusalInternal
        "The inbox has a problem. It is not known whether this was done."
        "La messagerie a un problème. On ne sait pas si l’opération a abouti.";
    RefusalDamaged
        "This was damaged in your phone’s storage. Read it again before you send it."
        "Ceci a été endommagé dans le stockage de votre téléphone. Relisez avant d’envoyer.";
    RefusalOutboxDamaged
        "Your phone’s storage was damaged: something you wrote may be lost. Check your drafts and your last replies."
        "Le stockage de votre téléphone a été endommagé : un texte que vous avez écrit est peut-être perdu. Vérifiez vos brouillons et vos dernières réponses.";
    RefusalUnknown
        "The inbox refused this ({code})."
        "La messagerie a refusé ({code}).";
}
