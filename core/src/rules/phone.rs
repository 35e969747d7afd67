//! Are two numbers one customer's?
//!
//! People write numbers with spaces, with 00 for +, in the digits of their script. Three countries
//! have two forms of one mobile number, and WhatsApp's own id may be either: Brazil gave mobiles a
//! ninth digit, Argentina has a 9 after the country code, Mexico had a 1 there until 2019.

/// A phone number has at most 15 digits (ITU E.164); a shorter one than this is a short code.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A number's digits from the country code on; none when it has none. Takes the spaces, dots
/// and brackets people write, and the digits of other scripts.
pub fn international(phone: &str) -> Option<String> {
    let mut digits = String::new();
    for char in phone.chars() {
        match digit(char) {
            Some(digit) => digits.push(digit),
            None if char == '+' && digits.is_empty() => {}
            None if char.is_whitespace() || "-‐‑–./()\u{200e}\u{200f}".contains(char) => {}
            None => return None,
        }
    }
    // 00 is dialled for + in most of the world; a single 0 begins a national number.
    let digits = digits.strip_prefix("00").map(str::to_owned).unwrap_or(digits);
    (DIGITS.contains(&digits.len()) && !digits.starts_with('0')).then_some(digits)
}

/// One form for all the ways to write one number; two customers with the same one are the same
/// person. None for what is no international number. A form to compare, not one to send to.
pub fn same_for_all_forms(phone: &str) -> Option<String> {
    let digits = international(phone)?;
    Some(brazil(&digits).or_else(|| argentina(&digits)).or_else(|| mexico(&digits)).unwrap_or(digits))
}

/// `55`, two digits of the area, and a mobile number of eight digits (6 to 9 first; landlines begin
/// with 2 to 5) has lost its ninth digit.
fn brazil(digits: &str) -> Option<String> {
    let (area, local) = digits.strip_prefix("55")?.split_at_checked(2)?;
    (local.len() == 8 && local.starts_with(['6', '7', '8', '9'])).then(|| format!("55{area}9{local}"))
}

/// `549` and ten digits is the mobile form of `54` and ten digits.
fn argentina(digits: &str) -> Option<String> {
    let local = digits.strip_prefix("549")?;
    (local.len() == 10).then(|| format!("54{local}"))
}

/// `521` and ten digits is the old mobile form of `52` and ten digits.
fn mexico(digits: &str) -> Option<String> {
    let local = digits.strip_prefix("521")?;
    (local.len() == 10).then(|| format!("52{local}"))
}

/// A decimal digit of any script that customers' phones write numbers in.
fn digit(char: char) -> Option<char> {
    const ZEROS: [char; 17] = ['0', '٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '၀', '០', '０'];
    ZEROS.iter().find_map(|zero| {
        let value = u32::from(char).checked_sub(u32::from(*zero))?;
        char::from_digit(value, 10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(first: &str, second: &str) -> bool {
        same_for_all_forms(first) == same_for_all_forms(second)
    }

    #[test]
    fn a_brazilian_mobile_with_and_without_its_ninth_digit_is_one_person() {
        assert!(one("5511987654321", "551187654321"));
        assert!(one("+55 (11) 98765-4321", "+55 11 8765 4321"));
        assert!(!one("551132654321", "5511932654321"), "a landline has no ninth digit");
        assert!(!one("5511987654321", "5521987654321"), "another area");
    }

    #[test]
    fn an_argentine_mobile_with_and_without_its_9_is_one_person() {
        assert!(one("5491123456789", "541123456789"));
        assert!(!one("5491123456789", "5491123456780"));
    }

    #[test]
    fn a_mexican_mobile_with_and_without_the_old_1_is_one_person() {
        assert!(one("5215512345678", "525512345678"));
        assert!(!one("5215512345678", "525512345679"));
    }

    #[test]
    fn however_it_is_written_it_is_one_number() {
        for written in
            ["+33 6 12 34 56 78", "0033612345678", "٣٣٦١٢٣٤٥٦٧٨", "33-6-12-34-56-78", "３３６１２３４５６７８"]
        {
            assert!(one(written, "33612345678"), "{written}");
        }
        assert_eq!(same_for_all_forms("06 12 34 56 78"), None, "a national number may be anybody's");
        assert_eq!(same_for_all_forms("38000"), None, "a short code");
        assert_eq!(same_for_all_forms(""), None);
    }

    proptest! {
        /// Doing it twice changes nothing, and nothing a customer can be called makes it panic.
        #[test]
        fn the_form_of_a_form_is_the_same(phone in "\\PC{0,20}|[0-9 +]{5,18}|(55|549|521|52|54)[0-9]{8,12}") {
            let once = same_for_all_forms(&phone);
            if let Some(form) = &once {
                prop_assert_eq!(same_for_all_forms(form), Some(form.clone()));
            }
        }
    }
}
