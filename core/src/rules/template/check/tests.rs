use super::*;
use crate::model::TemplateButton;
use crate::rules::table::values;

fn body(text: &str) -> TemplateComponent {
    TemplateComponent::Body { text: text.to_owned() }
}

fn header(text: &str) -> TemplateComponent {
    TemplateComponent::HeaderText { text: text.to_owned() }
}

fn footer(text: &str) -> TemplateComponent {
    TemplateComponent::Footer { text: text.to_owned() }
}

fn buttons(buttons: Vec<TemplateButton>) -> TemplateComponent {
    TemplateComponent::Buttons { buttons }
}

fn quick(text: &str) -> TemplateButton {
    TemplateButton::QuickReply { text: text.to_owned() }
}

fn address(url: &str) -> TemplateButton {
    TemplateButton::Url { text: "Suivre".to_owned(), url: url.to_owned() }
}

fn keys(faults: &[Phrase]) -> Vec<PhraseKey> {
    faults.iter().map(|fault| fault.key).collect()
}

/// What is wrong with the parts of a template that is otherwise right.
fn wrong_with(components: Vec<TemplateComponent>) -> Vec<PhraseKey> {
    let samples: Vec<TemplateValue> = of_components(&components)
        .into_iter()
        .map(|variable| TemplateValue { name: variable.name, value: "exemple".to_owned() })
        .collect();
    keys(&check_new("order_update", "fr", TemplateCategory::Utility, &components, &samples))
}

fn wrong_with_name(name: &str, language: &str, category: TemplateCategory) -> Vec<PhraseKey> {
    keys(&check_new(name, language, category, &[body("Bonjour.")], &[]))
}

#[test]
fn a_good_one_has_no_faults() {
    let parts = vec![
        header("Commande {{1}}"),
        body("Bonjour {{1}}, votre commande {{2}} est prête."),
        footer("Atelier Nord"),
        buttons(vec![quick("Merci"), address("https://example.com/{{1}}")]),
    ];
    assert_eq!(wrong_with(parts), []);
}

#[test]
fn name_language_and_category_come_first() {
    let utility = TemplateCategory::Utility;
    assert_eq!(wrong_with_name("", "fr", utility), [PhraseKey::TemplateNameEmpty]);
    assert_eq!(wrong_with_name("Commande prête", "fr", utility), [PhraseKey::TemplateNameCharacters]);
    assert_eq!(wrong_with_name(&"a".repeat(512), "fr", utility), []);
    assert_eq!(wrong_with_name(&"a".repeat(513), "fr", utility), [PhraseKey::TemplateNameTooLong]);
    assert_eq!(wrong_with_name("a", "pt_BR", TemplateCategory::Marketing), []);
    assert_eq!(wrong_with_name("a", "fr-FR", utility), [PhraseKey::TemplateLanguageInvalid]);
    assert_eq!(
        wrong_with_name("", "", TemplateCategory::Authentication),
        [PhraseKey::TemplateNameEmpty, PhraseKey::TemplateLanguageInvalid, PhraseKey::TemplateCategoryNotOffered]
    );
}

#[test]
fn lengths_are_counted_in_characters_and_not_in_bytes() {
    assert_eq!(wrong_with(vec![header(&"é".repeat(45)), body("Bonjour.")]), []);
    assert_eq!(wrong_with(vec![header(&"é".repeat(46)), body("Bonjour.")]), [PhraseKey::TemplateHeaderTooLong]);
    assert_eq!(wrong_with(vec![body(&"é".repeat(1_024))]), []);
    assert_eq!(wrong_with(vec![body(&"é".repeat(1_025))]), [PhraseKey::TemplateBodyTooLong]);
    assert_eq!(wrong_with(vec![body("Bonjour."), footer(&"é".repeat(60))]), []);
    assert_eq!(wrong_with(vec![body("Bonjour."), footer(&"é".repeat(61))]), [PhraseKey::TemplateFooterTooLong]);
    let button = |length| wrong_with(vec![body("Bonjour."), buttons(vec![quick(&"é".repeat(length))])]);
    assert_eq!((button(25), button(26)), (vec![], vec![PhraseKey::TemplateButtonTextTooLong]));
}

#[test]
fn a_body_is_needed_once_and_not_empty() {
    assert_eq!(wrong_with(vec![header("Commande")]), [PhraseKey::TemplateBodyMissing]);
    assert_eq!(wrong_with(vec![body(" \n")]), [PhraseKey::TemplateBodyEmpty]);
    assert_eq!(wrong_with(vec![body("Un."), body("Deux.")]), [PhraseKey::TemplateBodyTwice]);
}

#[test]
fn a_header_is_words_or_a_file_and_only_one() {
    let image = || TemplateComponent::HeaderMedia { kind: MediaKind::Image };
    assert_eq!(wrong_with(vec![image(), body("Bonjour.")]), []);
    assert_eq!(wrong_with(vec![image(), header("Commande"), body("Bonjour.")]), [PhraseKey::TemplateHeaderTwice]);
    let sound = TemplateComponent::HeaderMedia { kind: MediaKind::Audio };
    assert_eq!(wrong_with(vec![sound, body("Bonjour.")]), [PhraseKey::TemplateHeaderMedia]);
    assert_eq!(wrong_with(vec![header("{{1}} {{2}}"), body("Bonjour.")]), [PhraseKey::TemplateHeaderVariables]);
}

#[test]
fn a_body_neither_begins_nor_ends_with_a_variable() {
    assert_eq!(wrong_with(vec![body("{{1}} est prête.")]), [PhraseKey::TemplateBodyStartsWithVariable]);
    assert_eq!(wrong_with(vec![body("Bonjour {{1}} ")]), [PhraseKey::TemplateBodyEndsWithVariable]);
}

#[test]
fn variables_are_numbered_without_a_hole_or_named_and_never_both() {
    assert_eq!(wrong_with(vec![body("A {{2}} b.")]), [PhraseKey::TemplateVariableOrder]);
    assert_eq!(wrong_with(vec![body("A {{2}} b {{1}} c.")]), []);
    assert_eq!(wrong_with(vec![body("A {{1}} b {{name}} c.")]), [PhraseKey::TemplateVariablesMixed]);
    assert_eq!(wrong_with(vec![header("{{name}}"), body("A {{1}} b.")]), [PhraseKey::TemplateVariablesMixed]);
    assert_eq!(wrong_with(vec![body("A {{Prénom}} b.")]), [PhraseKey::TemplateVariableName]);
    assert_eq!(wrong_with(vec![body("A {{1} b.")]), [PhraseKey::TemplateBraces]);
}

#[test]
fn a_footer_takes_no_variables() {
    assert_eq!(wrong_with(vec![body("Bonjour."), footer("À {{1}}")]), [PhraseKey::TemplateFooterVariables]);
    assert_eq!(wrong_with(vec![body("Bonjour."), footer("")]), [PhraseKey::TemplateFooterEmpty]);
}

#[test]
fn buttons_are_at_most_ten_and_each_is_whole() {
    let with = |list| wrong_with(vec![body("Bonjour."), buttons(list)]);
    assert_eq!(with(vec![quick("Oui"); 10]), []);
    assert_eq!(with(vec![quick("Oui"); 11]), [PhraseKey::TemplateButtonsTooMany]);
    assert_eq!(with(vec![]), [PhraseKey::TemplateButtonsEmpty]);
    assert_eq!(with(vec![quick(" ")]), [PhraseKey::TemplateButtonTextEmpty]);
    assert_eq!(with(vec![quick("{{1}}")]), [PhraseKey::TemplateButtonTextVariables]);
    assert_eq!(with(vec![address("http://example.com")]), [PhraseKey::TemplateButtonUrl]);
    assert_eq!(with(vec![address("https://example.com/{{1}}/x")]), [PhraseKey::TemplateButtonUrlVariable]);
    let call = |phone: &str| with(vec![TemplateButton::Phone { text: "Appeler".to_owned(), phone: phone.to_owned() }]);
    assert_eq!(call("+33 1 99 00 00 01"), []);
    assert_eq!(call("01 99 00 00 01"), [PhraseKey::TemplateButtonPhone]);
    assert_eq!(with(vec![TemplateButton::Unknown]), [PhraseKey::TemplateButtonUnknown]);
}

#[test]
fn each_variable_has_a_sample_and_each_sample_a_variable() {
    let parts = [header("Commande {{1}}"), body("Bonjour {{1}}.")];
    let check =
        |samples: &[(&str, &str)]| keys(&check_new("a", "fr", TemplateCategory::Utility, &parts, &values(samples)));
    assert_eq!(check(&[("1", "Léa"), ("header.1", "42")]), []);
    assert_eq!(check(&[("1", "Léa")]), [PhraseKey::TemplateSampleMissing]);
    assert_eq!(check(&[("1", "Léa"), ("header.1", "42"), ("2", "?")]), [PhraseKey::TemplateSampleSurplus]);
}

#[test]
fn faults_come_in_order_of_appearance() {
    let parts = vec![header(""), body("{{2}} x."), footer("À {{1}}")];
    assert_eq!(
        wrong_with(parts),
        [
            PhraseKey::TemplateHeaderEmpty,
            PhraseKey::TemplateBodyStartsWithVariable,
            PhraseKey::TemplateVariableOrder,
            PhraseKey::TemplateFooterVariables,
        ]
    );
}

#[test]
fn of_some_buttons_there_are_few_and_quick_replies_stand_together() {
    let with = |list| wrong_with(vec![body("Bonjour."), buttons(list)]);
    let page = || address("https://example.com");
    let call = || TemplateButton::Phone { text: "Appeler".to_owned(), phone: "+33199000001".to_owned() };
    let code = || TemplateButton::CopyCode { text: "Copier".to_owned() };
    let ask = || TemplateButton::RequestContactInfo { text: String::new() };
    assert_eq!(with(vec![page(), page(), call(), code(), ask()]), []);
    assert_eq!(with(vec![page(), page(), page()]), [PhraseKey::TemplateButtonsUrls]);
    assert_eq!(with(vec![call(), call()]), [PhraseKey::TemplateButtonsPhones]);
    assert_eq!(with(vec![code(), code()]), [PhraseKey::TemplateButtonsCodes]);
    assert_eq!(with(vec![ask(), ask()]), [PhraseKey::TemplateButtonsContacts]);
    assert_eq!(with(vec![quick("Oui"), quick("Non"), page()]), []);
    assert_eq!(with(vec![page(), quick("Oui"), quick("Non")]), []);
    assert_eq!(with(vec![quick("Oui"), page(), quick("Non")]), [PhraseKey::TemplateButtonsMixed]);
    let form = TemplateButton::Flow { text: "Réserver".to_owned() };
    assert_eq!(with(vec![form]), [PhraseKey::TemplateButtonFlow]);
    let long = format!("https://example.com/{}", "a".repeat(1_981));
    assert_eq!(with(vec![address(&long)]), [PhraseKey::TemplateButtonUrlTooLong]);
}

#[test]
fn a_place_above_the_body_needs_no_sample_and_a_code_needs_a_short_one() {
    assert_eq!(wrong_with(vec![TemplateComponent::HeaderLocation, body("Nous sommes ici.")]), []);
    let twice = vec![TemplateComponent::HeaderLocation, header("Ici"), body("Nous sommes ici.")];
    assert_eq!(wrong_with(twice), [PhraseKey::TemplateHeaderTwice]);
    let parts = [body("Bonjour."), buttons(vec![TemplateButton::CopyCode { text: String::new() }])];
    let check =
        |sample: &str| keys(&check_new("a", "fr", TemplateCategory::Utility, &parts, &values(&[("button.1", sample)])));
    assert_eq!(check("NOEL25"), []);
    assert_eq!(check(""), [PhraseKey::TemplateSampleMissing]);
    assert_eq!(check("1234567890123456"), [PhraseKey::TemplateValueCode]);
}

#[test]
fn a_name_is_taken_once_per_language_and_a_number_keeps_250() {
    use crate::rules::table::order_update;
    let held = order_update();
    let among =
        |name: &str, language: &str, held: &[Template]| keys(&check_among(name, language, ChannelId(1), held.iter()));
    assert_eq!(among("order_update", "fr", std::slice::from_ref(&held)), [PhraseKey::TemplateNameTaken]);
    assert_eq!(among("order_update", "en", std::slice::from_ref(&held)), [], "another language is another template");
    let elsewhere = Template { channel_id: ChannelId(2), ..held.clone() };
    assert_eq!(among("order_update", "fr", &[elsewhere]), []);
    let other = Template { name: "other".to_owned(), ..held };
    assert_eq!(among("a", "fr", &vec![other.clone(); 249]), []);
    assert_eq!(among("a", "fr", &vec![other; 250]), [PhraseKey::TemplatesTooMany]);
}

#[test]
fn several_faults_of_one_text_are_a_sentence_each() {
    let wrong = wrong_with(vec![body("{{1}} {{3}} et {{Nom}} {{")]);
    assert_eq!(
        wrong,
        [
            PhraseKey::TemplateBodyStartsWithVariable,
            PhraseKey::TemplateBraces,
            PhraseKey::TemplateVariableName,
            PhraseKey::TemplateVariableOrder,
            PhraseKey::TemplateVariablesMixed,
        ]
    );
}
