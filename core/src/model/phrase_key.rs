//! The keys of everything the core can say.
//!
//! To add one: name it here with its arguments, say when it is shown, and give it its words in
//! `texts/catalogue/`, in the file of who speaks (the build fails until both languages are there). A key with arguments
//! is only ever written as `Phrase::new(PhraseKey::X).with("name", ...)`, so that a test can
//! see that each argument is given.

use serde::{Deserialize, Serialize};

macro_rules! phrase_keys {
    ($($(#[$doc:meta])* $key:ident $(($($arg:ident),+))?),+ $(,)?) => {
        /// Every sentence the core can say.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum PhraseKey { $($(#[$doc])* $key),+ }

        impl PhraseKey {
            /// All of them, for tests and translators.
            pub const ALL: &'static [Self] = &[$(Self::$key),+];

            /// The names of its arguments.
            pub fn args(self) -> &'static [&'static str] {
                match self { $(Self::$key => &[$($(stringify!($arg)),+)?]),+ }
            }
        }
    };
}

phrase_keys! {
    // The messaging window and the place where one writes.
    /// The window is open.
    WindowOpenUntil(until),
    /// The standard window is over, the days for a person are not.
    WindowHumanAgentUntil(until),
    /// This channel has no window.
    WindowUnlimited,
    /// The customer has never written.
    WindowNeverOpened,
    /// The time of the window was over.
    WindowEnded(since),
    /// The provider refused a reply and so closed the window.
    WindowRefused(since),
    /// The inbox server says that it is closed, whatever the facts are.
    WindowClosedByServer,
    /// The server's end and ours are not the same.
    WindowDiffersEnd(said, computed),
    /// The server says closed, ours is open.
    WindowDiffersClosed(computed),
    /// The server says closed, on a channel without a window.
    WindowDiffersNever,
    /// The server says open, ours is closed.
    WindowDiffersOpen(said),
    /// A message did not go because the window is closed.
    WindowClosed,
    /// Closed, on a channel without templates.
    WaitForCustomer,
    /// What replaces the composer once the window is closed.
    RestartConversation,
    /// Sends the chosen template.
    SendTemplate,
    /// Sends the chosen template, with its price.
    SendTemplatePriced(price),
    /// A template went out; it opens nothing.
    WaitsForAnswer,
    /// Nothing can be written: the channel has no account.
    BlockedNotLinked,
    /// Nothing can be written: the account is being verified.
    BlockedVerifying,
    /// Nothing can be written: the channel lost its account.
    BlockedDisconnected,
    /// Nothing can be written: a state this build does not know.
    BlockedState,
    /// Nothing can be written: the channel's row is not here.
    BlockedChannelMissing,
    /// Nothing can be written: a channel this build does not know.
    BlockedChannelKind,

    // Notifications.
    /// A customer waits and the window closes soon.
    ReminderClosing(name, until),

    // Channels.
    /// The channel's name.
    ChannelWhatsapp,
    /// The channel's name.
    ChannelMessenger,
    /// The channel's name.
    ChannelInstagram,
    /// The channel's name.
    ChannelWidget,
    /// A channel this build does not know.
    ChannelOther,
    /// The channel's state.
    ChannelNotLinked,
    /// The channel's state.
    ChannelVerifying,
    /// The channel's state.
    ChannelConnected,
    /// The channel's state.
    ChannelDisconnected,
    /// A state this build does not know.
    ChannelStateUnknown,

    // What became of a message.
    /// Received, not read; stays.
    NotSeen,
    /// Read; shows for a few seconds.
    Seen,
    /// The provider holds it back and has not sent it.
    DeliveryHeld,
    /// Nothing was reported yet.
    DeliveryUnreported,
    /// The provider has it.
    DeliverySent,
    /// The customer's phone has it.
    DeliveryDelivered,
    /// The customer saw it.
    DeliveryRead,
    /// The customer played the voice message.
    DeliveryPlayed,
    /// It will not arrive.
    DeliveryFailed,
    /// Both a failure and a delivery were reported.
    DeliveryContradiction,

    // What waits to be sent.
    /// It waits for its turn.
    OutboxQueued,
    /// There is no network.
    OutboxWaitsForNetwork,
    /// Its file is on the way.
    OutboxUploading,
    /// It is on the wire.
    OutboxSending,
    /// It may have gone; the server is being asked.
    OutboxUnknown,
    /// The server has it and hands it over.
    OutboxAccepted,
    /// The window closed while it waited.
    DecisionWindowClosed,
    /// The customer wrote while a template waited.
    DecisionWindowReopened,
    /// The conversation left this agent's view.
    DecisionLeftView,
    /// Tried for a day.
    DecisionTooOld,
    /// An earlier message of the conversation was refused.
    DecisionEarlierRefused,
    /// It is not known whether the customer has it.
    DecisionAmbiguous,
    /// The server was restored from a backup.
    DecisionServerRestored,

    // The phone and the server.
    /// Everything arrives as it happens.
    ConnectionLive,
    /// Reading what was missed.
    ConnectionCatchingUp,
    /// No network.
    ConnectionOffline,
    /// The session was ended.
    ConnectionSignedOut,
    /// The server's clock is not known after a restart without a network.
    TimesUnconfirmed,
    /// A colleague looks at the same conversation.
    PresenceViewing(name),
    /// A colleague answers the same conversation.
    PresenceAnswering(name),

    // Empty lists.
    /// The plan has no conversations.
    EmptyPlan,
    /// No conversation at all.
    EmptyInbox,
    /// None that the filter lets through.
    EmptyFilter,
    /// Nothing found.
    EmptySearch,
    /// No template to restart with.
    EmptyTemplates,
    /// No saved reply.
    EmptySavedReplies,
    /// Nothing waits to be sent.
    EmptyOutbox,
    /// No charge in the month.
    EmptyLedger,
    /// The page's advice in the list of templates.
    TemplateAdvice,

    // Kinds of content.
    /// A picture.
    ContentPhoto,
    /// A film.
    ContentVideo,
    /// A voice message.
    ContentVoice,
    /// Another sound.
    ContentAudio,
    /// A document.
    ContentDocument,
    /// A sticker.
    ContentSticker,
    /// A file of another kind.
    ContentFile,
    /// The server still fetches the file.
    ContentMediaComing,
    /// A place.
    ContentLocation,
    /// Address cards, how many is not known.
    ContentContact,
    /// Address cards.
    ContentContacts(count),
    /// An emoji on a message.
    ContentReaction(emoji),
    /// An emoji taken away.
    ContentReactionRemoved,
    /// A template whose text is not known.
    ContentTemplate,
    /// An order, of how much is not known.
    ContentOrder,
    /// An order from the catalogue.
    ContentOrderOf(count),
    /// A call, whether it was answered is not known.
    ContentCall,
    /// An answered call.
    ContentCallLasted(length),
    /// A call that was not answered.
    ContentCallMissed,
    /// A tap whose words are not known.
    ContentAnswer,
    /// An internal note.
    ContentComment,
    /// The provider says so.
    ContentNumberChanged,
    /// The provider says so.
    ContentIdentityChanged,
    /// The provider says so.
    ContentUserIdChanged,
    /// A bot handed the conversation to the agents.
    ContentPassedToInbox,
    /// A bot took the conversation.
    ContentTakenByAutomation,
    /// Another event.
    ContentSystem,
    /// The customer opened the chat.
    ContentRequestWelcome,
    /// The provider does not hand it over.
    ContentUnsupported,
    /// A kind this build does not know.
    ContentUnknown,
    /// The customer took it back.
    ContentDeleted,
    /// The company took its own message back.
    ContentDeletedByUs,
    /// The customer changed it.
    ContentEdited,
    /// Messages that are not on this phone.
    HistoryGap,

    // Who wrote.
    /// The agent who looks.
    AuthorYou,
    /// An agent whose name is not here.
    AuthorColleague,
    /// From the company's own phone.
    AuthorPhoneApp,
    /// A bot or a campaign.
    AuthorAutomation,
    /// The provider or the inbox.
    AuthorSystem,
    /// A sender this build cannot name.
    AuthorUnknown,

    // What it costs.
    /// Free: the customer came by an advertisement.
    QuoteFreeEntryPoint(until),
    /// Free while the customer's window is open.
    QuoteFreeInWindow(until),
    /// The tariff asks nothing.
    QuoteFreeByTariff,
    /// Comments and reactions.
    QuoteNeverCharged,
    /// A charged reply covers it.
    QuoteCovered(until),
    /// The grant pays.
    QuoteGrant(left),
    /// The plan pays.
    QuotePlan(left),
    /// The free messages of the month pay.
    QuoteMonthly(left),
    /// Money.
    QuoteCosts(price),
    /// Money, by a guessed market.
    QuoteEstimate(price),
    /// The channel has no tariff.
    QuoteNoTariff,
    /// This build cannot read the tariff.
    QuoteUnknownTariff,
    /// No rate for the market.
    QuoteNoRate,
    /// Neither a number nor a country.
    QuoteNoNumber,
    /// A number without its country code.
    QuoteNotInternational,
    /// A charged reply.
    LedgerReply,
    /// A charged template.
    LedgerTemplate,
    /// A charged marketing template.
    LedgerMarketing,
    /// A charged utility template.
    LedgerUtility,
    /// A charged authentication template.
    LedgerAuthentication,
    /// A kind this build does not know.
    LedgerOther,
    /// The provider has not reported yet.
    LedgerProvisional,
    /// The charge stands.
    LedgerFinal,
    /// The message failed.
    LedgerVoid,
    /// What a charge cost.
    LedgerPrice(price),
    /// An allowance paid.
    LedgerAllowance,
    /// There was no rate.
    LedgerNotPriced,

    // Templates.
    /// The channel has no templates.
    TemplatesNotHere,
    /// It belongs to another number.
    TemplateOtherChannel,
    /// Made on the template list page.
    TemplateNotFromConversations,
    /// Not approved yet.
    TemplatePending,
    /// Meta refused it.
    TemplateRejected,
    /// Meta refused it and said why.
    TemplateRejectedWhy(reason),
    /// Held back for its quality.
    TemplatePaused,
    /// Held back, and why.
    TemplatePausedWhy(reason),
    /// Taken away for good.
    TemplateDisabled,
    /// Taken away, and why.
    TemplateDisabledWhy(reason),
    /// A status this build does not know.
    TemplateStatusUnknown,
    /// A part this build does not know.
    TemplateUnknownPart,
    /// A variable without a value.
    TemplateValueMissing(name),
    /// A value without a variable.
    TemplateValueSurplus(name),
    /// Two values for one variable.
    TemplateValueTwice(name),
    /// A new template without a name.
    TemplateNameEmpty,
    /// A name Meta does not take.
    TemplateNameCharacters,
    /// A name that is too long.
    TemplateNameTooLong(length, most),
    /// Not a language in Meta's spelling.
    TemplateLanguageInvalid,
    /// A category that is not made from the inbox.
    TemplateCategoryNotOffered,
    /// A part this build does not know.
    TemplatePartUnknown,
    /// Two headers.
    TemplateHeaderTwice,
    /// A header without words.
    TemplateHeaderEmpty,
    /// A header that is too long.
    TemplateHeaderTooLong(length, most),
    /// A header with two variables.
    TemplateHeaderVariables,
    /// A file that cannot be a header.
    TemplateHeaderMedia,
    /// No body.
    TemplateBodyMissing,
    /// Two bodies.
    TemplateBodyTwice,
    /// A body without words.
    TemplateBodyEmpty,
    /// A body that is too long.
    TemplateBodyTooLong(length, most),
    /// A variable stands first.
    TemplateBodyStartsWithVariable,
    /// A variable stands last.
    TemplateBodyEndsWithVariable,
    /// Two footers.
    TemplateFooterTwice,
    /// A footer without words.
    TemplateFooterEmpty,
    /// A footer that is too long.
    TemplateFooterTooLong(length, most),
    /// A variable in the footer.
    TemplateFooterVariables,
    /// Braces that do not form a variable.
    TemplateBraces,
    /// A name Meta does not take.
    TemplateVariableName(name),
    /// Numbers and names together.
    TemplateVariablesMixed,
    /// Numbers with a hole, or not from 1.
    TemplateVariableOrder(expected),
    /// Two rows of buttons.
    TemplateButtonsTwice,
    /// Meta knows a template by name and language.
    TemplateNameTaken,
    /// The number has as many as Meta takes.
    TemplatesTooMany(most),
    /// More buttons that open a page than Meta takes.
    TemplateButtonsUrls(most),
    /// More buttons that call than Meta takes.
    TemplateButtonsPhones(most),
    /// More buttons that copy a code than Meta takes.
    TemplateButtonsCodes(most),
    /// More buttons that ask for the number than Meta takes.
    TemplateButtonsContacts(most),
    /// Quick replies stand among other buttons.
    TemplateButtonsMixed,
    /// A form has to be made elsewhere first.
    TemplateButtonFlow(number),
    /// A button's address is too long.
    TemplateButtonUrlTooLong(number, length, most),
    /// A place's degrees are no degrees.
    TemplateValuePlace(name),
    /// The code of a button is too long.
    TemplateValueCode(name, most),
    /// Line breaks, tabs or many spaces in a value.
    TemplateValueSpaces(name),
    /// Meta approved it meanwhile.
    TemplateNowApproved,
    /// It is in another category now.
    TemplateNowMarketing,
    /// It is in another category now.
    TemplateNowUtility,
    /// It is in another category now.
    TemplateNowAuthentication,
    /// It is in a category now that this build does not know.
    TemplateNowOtherCategory,
    /// Its words were changed.
    TemplateNowOtherWords,
    /// Too many buttons.
    TemplateButtonsTooMany(count, most),
    /// A row without buttons.
    TemplateButtonsEmpty,
    /// A button without words.
    TemplateButtonTextEmpty(number),
    /// A button with too many words.
    TemplateButtonTextTooLong(number, length, most),
    /// A variable in a button's words.
    TemplateButtonTextVariables(number),
    /// A button whose address is none.
    TemplateButtonUrl(number),
    /// A variable not at the end of the address.
    TemplateButtonUrlVariable(number),
    /// A button whose number is none.
    TemplateButtonPhone(number),
    /// A button this build does not know.
    TemplateButtonUnknown(number),
    /// A variable without a sample.
    TemplateSampleMissing(name),
    /// A sample without a variable.
    TemplateSampleSurplus(name),

    // Texts and files.
    /// Nothing but spaces.
    TextEmpty,
    /// Longer than the channel takes.
    TextTooLong(length, most),
    /// The channel takes no such files.
    MediaKindRefused,
    /// No words go under such a file here.
    CaptionNotHere,
    /// The channel takes other types of it.
    MediaTypeRefused(mime),
    /// A file without content.
    MediaEmpty,
    /// Larger than the channel or the server takes.
    MediaTooLarge(size, most),
    /// What to make of a file that does not fit.
    MediaConvert(mime),
    /// A file that does not fit can be made smaller.
    MediaShrink(most),
    /// A file that does not fit can go as a document.
    MediaAsDocument,
    /// WhatsApp takes reactions to messages of the last 30 days.
    ReactionTooOld,
    /// No reaction to this.
    ReactionNotHere,
    /// A variable without a value.
    SavedReplyUnknown(name),

    // Why a provider did not deliver.
    /// 131026
    FailureUndeliverable,
    /// 131049
    FailureMarketingLimit,
    /// 131050
    FailureOptedOut,
    /// 130472
    FailureExperiment,
    /// 131051
    FailureUnsupportedType,
    /// 131052
    FailureMediaDownload,
    /// 131053
    FailureMediaUpload,
    /// 131056
    FailureTooManyToCustomer,
    /// 130429, 4, 80007
    FailureTooFast,
    /// 131048
    FailureNumberRestricted,
    /// 131064
    FailureMisclassified,
    /// 368, 131031
    FailureAccountBlocked,
    /// Messenger, Instagram: Meta restricted the page.
    FailurePageRestricted,
    /// 130497
    FailureCountry,
    /// 130403
    FailureBlockedByUs,
    /// 131042, 134011
    FailurePayment,
    /// 131005, 10, 190, 0, 3, 200-299
    FailurePermission,
    /// 131008, 131009, 100, 135000
    FailureParameter,
    /// 131000, 1, 2, 131016, 133004, 131057
    FailureTemporary,
    /// 131021
    FailureSelf,
    /// 131037, 131045, 133010, 33
    FailureNumberSetup,
    /// 131062
    FailureNoPhoneNumber,
    /// 131063
    FailureMarketingOff,
    /// 132000
    FailureTemplateValues,
    /// 132001
    FailureTemplateMissing,
    /// 132005
    FailureTemplateTooLong,
    /// 132007
    FailureTemplatePolicy,
    /// 132008, 132012, 132018
    FailureTemplateFormat,
    /// 132015
    FailureTemplatePaused,
    /// 132016
    FailureTemplateDisabled,
    /// 132068, 132069
    FailureFlow,
    /// 137000
    FailureIdentity,
    /// A code this build does not know.
    FailureUnknown(code),
    /// A failure without a code.
    FailureUnexplained,

    // Why the inbox server refused.
    /// `bad_request`, `key_reused`
    RefusalNotUnderstood,
    /// `token_expired`, `no_token`
    RefusalSignInAgain,
    /// `session_revoked`
    RefusalSessionEnded,
    /// `bad_credentials`
    RefusalBadCredentials,
    /// `bad_address`
    RefusalBadAddress,
    /// `not_https`
    RefusalNotHttps,
    /// `address_letters`
    RefusalAddressLetters,
    /// `bad_roots`
    RefusalBadRoots,
    /// `bad_proxy`
    RefusalBadProxy,
    /// `not_allowed`
    RefusalNotAllowed,
    /// `not_found`
    RefusalNotFound,
    /// `pending`
    RefusalPending,
    /// `conflict`
    RefusalConflict,
    /// `cancelled`
    RefusalCancelled,
    /// `upload_offset`, `upload_missing`, `upload_mismatch`
    RefusalUpload,
    /// `snapshot_needed`
    RefusalSnapshot,
    /// `key_expired`
    RefusalKeyExpired,
    /// `too_large`
    RefusalTooLarge,
    /// `too_long`
    RefusalTooLong,
    /// `template_not_usable`
    RefusalTemplate,
    /// `no_credit`
    RefusalNoCredit,
    /// `not_supported`
    RefusalNotSupported,
    /// `channel_not_connected`
    RefusalChannel,
    /// `epoch_changed`
    RefusalEpochChanged,
    /// `provider_refused`
    RefusalProvider,
    /// `busy`
    RefusalBusy,
    /// `internal`
    RefusalInternal,
    /// `damaged`: this device's memory, not the server
    RefusalDamaged,
    /// `outbox_damaged`: this device's memory, not the server
    RefusalOutboxDamaged,
    /// A code this build does not know.
    RefusalUnknown(code),
}
