use super::*;

#[test]
fn what_is_laid_over_wins_and_the_rest_stays() {
    let below = Assert::new().max_gap_ms(2000).not_starved(true);
    let over = Assert::new().max_gap_ms(500).max_spread_pct(5.0);
    let merged = below.merge(&over);
    assert_eq!(merged, Assert::new().max_gap_ms(500).not_starved(true).max_spread_pct(5.0));
}

#[test]
fn a_check_can_be_switched_off_again() {
    let merged = Assert::new().not_starved(true).merge(&Assert::new().not_starved(false));
    assert_eq!(merged.not_starved, Some(false));
}

#[test]
fn only_what_is_set_is_sent() {
    let sent = serde_json::to_value(Assert::new().min_page_locality(0.5)).expect("JSON");
    assert_eq!(sent, serde_json::json!({"min_page_locality": 0.5}));
}
