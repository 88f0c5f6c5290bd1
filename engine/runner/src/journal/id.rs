//! Ids of releases: short enough to say, sorted by time within a service, unique by insertion.

const MAX_ID: usize = 100;
const MAX_SERVICE: usize = 60;

/// `shop-20261123-120305-7f3a`: the service, when it began (UTC), and something that tells apart what began at once.
///
/// Its last part alone names it in most commands. `random` is the caller's, so that tests are the same every time.
pub fn release_id(service: &str, now_ms: u64, random: u16) -> String {
    let at = i64::try_from(now_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let time = at.unwrap_or_default().strftime("%Y%m%d-%H%M%S");
    format!("{}-{time}-{random:04x}", speakable(service))
}

/// Whether this may be the id of a release. It becomes part of file names and of what shells complete.
pub fn is_release_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_ID).contains(&id.len())
        && id.bytes().all(allowed)
        && !id.contains("--")
        && !id.starts_with('-')
        && !id.ends_with('-')
}

/// The part that people say.
pub(super) fn last_part(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(_, last)| last)
}

/// Lower-case letters, digits and single hyphens, whatever the service is called.
pub(super) fn speakable(service: &str) -> String {
    let mut text = String::new();
    for letter in service.chars().take(MAX_SERVICE).map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            text.push(letter);
        } else if !text.is_empty() && !text.ends_with('-') {
            text.push('-');
        }
    }
    let text = text.trim_end_matches('-');
    if text.is_empty() { "release".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_says_which_service_and_when() {
        assert_eq!(release_id("shop", 1_795_435_385_999, 0x7f3a), "shop-20261123-120305-7f3a");
        assert_eq!(release_id("Shop/Front  End!", 0, 1), "shop-front-end-19700101-000000-0001");
        assert_eq!(release_id("店", u64::MAX, 1), "release-19700101-000000-0001");
        assert_eq!(last_part("shop-20261123-120305-7f3a"), "7f3a");
    }

    proptest! {
        #[test]
        fn every_id_is_one(service in any::<String>(), now in any::<u64>(), random in any::<u16>()) {
            prop_assert!(is_release_id(&release_id(&service, now, random)));
        }

        #[test]
        fn later_ids_of_a_service_sort_behind(first in 0_u64..4_000_000_000_000, later in 1000_u64..1_000_000_000) {
            prop_assert!(release_id("shop", first, u16::MAX) < release_id("shop", first + later, 0));
        }
    }
}
