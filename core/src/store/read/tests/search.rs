use crate::model::{Contact, Content, Media, MediaKind, Message, RowKind};
use crate::store::tests::{Cache, contact, conversation, del, message, put, saying};

/// What a search finds: (conversation, message), message 0 for the customer.
fn found(cache: &Cache, text: &str) -> Vec<(i64, i64)> {
    let hits = cache.read().search(text, 50).unwrap();
    hits.iter().map(|hit| (hit.conversation_id.0, hit.message_id.map_or(0, |id| id.0))).collect()
}

fn with_texts(texts: &[&str]) -> Cache {
    let mut cache = Cache::empty();
    cache.page(&[put(1, conversation(1))]);
    for (n, text) in (1..).zip(texts) {
        cache.page(&[put(n + 1, saying(message(n, 1), text))]);
    }
    cache
}

fn finds(text: &str, typed: &str) -> bool {
    !found(&with_texts(&[text]), typed).is_empty()
}

#[test]
fn words_are_found_in_any_order_and_the_last_may_be_unfinished() {
    let cache = with_texts(&["Bonjour, ma commande ?", "La commande est partie", "Merci beaucoup"]);
    assert_eq!(found(&cache, "commande"), [(1, 2), (1, 1)], "newest first");
    assert_eq!(found(&cache, "commande bonjour"), [(1, 1)]);
    assert_eq!(found(&cache, "la comm"), [(1, 2)]);
    assert_eq!(found(&cache, "comm la"), []);
}

#[test]
fn accents_and_case_make_no_difference() {
    assert!(finds("Déjà expédié à L'Hay-les-Roses", "deja EXPEDIE hay"));
    assert!(finds("deja", "déjà"));
    assert!(finds("Straße", "STRASSE"));
    assert!(finds("İstanbul", "istanbul"));
    assert!(finds("Łódź ĐƠN HÀNG", "đơn hang"));
    assert!(finds("Ёлка", "елка"));
}

#[test]
fn scripts_without_spaces_are_found_from_any_character_on() {
    assert!(finds("東京都に住んでいます", "京都"));
    assert!(finds("東京都に住んでいます", "住んで"));
    assert!(finds("東京都に住んでいます", "す"));
    assert!(!finds("東京都に住んでいます", "京東"));
    assert!(!finds("東京の都", "東京都"));
    assert!(finds("我的订单在哪里？", "订单"));
    assert!(finds("주문이 어디에 있나요", "주문"));
    assert!(finds("주문이 어디에 있나요", "문이"));
    assert!(finds("สวัสดีครับ สั่งของแล้ว", "สั่งของ"));
    assert!(finds("สวัสดีครับ", "ครับ"));
    assert!(!finds("สวัสดีครับ", "ครีบ"));
    assert!(finds("ខ្ញុំចង់បាន", "ចង់"));
    assert!(finds("ဘယ်လောက်လဲ", "လောက်"));
    assert!(finds("iPhone用ケース", "iphone"));
    assert!(finds("ｶﾞﾗｽ", "ガラス"));
}

#[test]
fn other_scripts_are_found_by_their_words() {
    assert!(finds("मेरा ऑर्डर कहाँ है", "ऑर्डर"));
    assert!(!finds("मेरा ऑर्डर कहाँ है", "ऑर्डिर"));
    assert!(finds("أين طلبي", "طلبي"));
    assert!(finds("أَيْنَ طَلَبِي", "طلبي"));
    assert!(finds("שָׁלוֹם", "שלום"));
    assert!(finds("Πού είναι η παραγγελία", "παραγγελια"));
}

#[test]
fn nothing_that_is_typed_is_an_error_or_an_operator() {
    let cache = with_texts(&["Bonjour", "or and not near"]);
    for typed in
        ["\"", "'", "*", "a*b", "(", "a AND", "NOT a", "words:bonjour", "^b", "-bonjour +", "{a b}", "\0", "🎁", ""]
    {
        cache.read().search(typed, 10).unwrap();
    }
    assert_eq!(found(&cache, "Bonjour NOT merci"), []);
    assert_eq!(found(&cache, "bonjour OR merci"), []);
    assert_eq!(found(&cache, "not near"), [(1, 2)]);
    assert_eq!(found(&cache, "  "), []);
}

#[test]
fn a_customer_is_found_by_name_number_and_handle() {
    let mut cache = Cache::empty();
    let lea = Contact { username: Some("lea.b".to_owned()), ..contact(1, "Léa Bernard", Some("33612345678")) };
    cache.page(&[put(1, lea), put(2, conversation(1)), put(3, contact(2, "Noé", None)), put(4, conversation(2))]);
    for typed in ["lea", "bern", "bernard léa", "+33 6 12 34", "06 12 34 56 78", "345678", "0033612", "lea.b", "78"] {
        assert_eq!(found(&cache, typed), [(1, 0)], "{typed}");
    }
    assert_eq!(found(&cache, "34 56 99"), []);
    cache.page(&[put(5, contact(1, "Léa Durand", None))]);
    assert_eq!(found(&cache, "bernard"), []);
    assert_eq!(found(&cache, "345678"), []);
    assert_eq!(found(&cache, "durand"), [(1, 0)]);
    cache.page(&[del(6, RowKind::Contact, 1)]);
    assert_eq!(found(&cache, "durand"), []);
}

#[test]
fn an_edited_message_is_found_by_its_new_words_and_a_deleted_one_not_at_all() {
    let mut cache = with_texts(&["avant", "autre"]);
    cache.page(&[put(10, saying(message(1, 1), "apres"))]);
    assert_eq!((found(&cache, "avant"), found(&cache, "apres")), (vec![], vec![(1, 1)]));
    cache.page(&[put(11, saying(message(1, 1), ""))]);
    assert_eq!(found(&cache, "apres"), []);
    cache.page(&[put(12, saying(message(1, 1), "encore"))]);
    assert_eq!(found(&cache, "encore"), [(1, 1)]);
    cache.page(&[del(13, RowKind::Message, 1)]);
    assert_eq!(found(&cache, "encore"), []);
    assert_eq!(found(&cache, "autre"), [(1, 2)]);
}

#[test]
fn captions_file_names_and_comments_are_words_too() {
    let mut cache = with_texts(&[]);
    let invoice = Content::Media(Media {
        kind: MediaKind::Document,
        media_id: None,
        mime: "application/pdf".to_owned(),
        size_bytes: None,
        name: "facture-2026.pdf".to_owned(),
        caption: "Voici".to_owned(),
        voice: false,
    });
    let comment = Content::Comment { body: "rappeler demain".to_owned(), mentions: Vec::new() };
    cache.page(&[
        put(10, Message { content: invoice, ..message(1, 1) }),
        put(11, Message { content: comment, ..message(2, 1) }),
    ]);
    assert_eq!(found(&cache, "voici"), [(1, 1)]);
    assert_eq!(found(&cache, "facture"), [(1, 1)]);
    assert_eq!(found(&cache, "rappeler"), [(1, 2)]);
}

#[test]
fn a_search_gives_no_more_than_asked_for_customers_first() {
    let mut cache = with_texts(&["lea 1", "lea 2", "lea 3"]);
    cache.page(&[put(20, contact(1, "Léa", None))]);
    let hits = cache.read().search("lea", 3).unwrap();
    let ids: Vec<_> = hits.iter().map(|hit| hit.message_id.map(|id| id.0)).collect();
    assert_eq!(ids, [None, Some(3), Some(2)]);
    assert_eq!(cache.read().search("lea", 0).unwrap(), []);
}
