//! How somebody came, and where they were.

use super::*;

#[test]
fn the_channel_is_that_of_the_campaign_else_of_the_referrer() {
    use Channel::*;
    let with = |url: &str, referrer: &str| {
        page(&json!({ "page": { "url": url, "referrer": referrer } }))
            .channel
            .expect("a page view is a visit")
    };
    let cases = [
        ("https://shop.example/", "", Direct),
        ("https://shop.example/", "$direct", Direct),
        ("https://shop.example/a", "https://shop.example/b", Internal),
        ("https://www.shop.example/a", "https://help.shop.example/b", Internal),
        ("https://www.shop.co.uk/a", "https://shop.co.uk/", Internal),
        ("https://shop.co.uk/a", "https://other.co.uk/", Referral),
        ("https://shop.example/", "https://www.google.com/", OrganicSearch),
        ("https://shop.example/", "https://www.google.co.uk/search?q=x", OrganicSearch),
        ("https://shop.example/", "https://search.yahoo.com/", OrganicSearch),
        ("https://shop.example/", "https://duckduckgo.com/", OrganicSearch),
        ("https://shop.example/", "https://mail.google.com/", Email),
        ("https://shop.example/", "https://docs.google.com/", Referral),
        ("https://shop.example/", "https://notgoogle.com/", Referral),
        ("https://shop.example/", "https://l.facebook.com/l.php", Social),
        ("https://shop.example/", "https://t.co/abc", Social),
        ("https://shop.example/", "https://t.example/", Referral),
        ("https://shop.example/", "https://out.reddit.com/", Social),
        ("https://shop.example/", "android-app://com.google.android.gm/", Email),
        ("https://shop.example/", "https://blog.example.org/post", Referral),
        (
            "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring",
            "https://www.google.com/",
            PaidSearch,
        ),
        ("https://shop.example/?utm_source=facebook&utm_medium=cpc", "", PaidSocial),
        ("https://shop.example/?utm_source=news&utm_medium=e-mail", "", Email),
        ("https://shop.example/?utm_source=newsletter", "", Email),
        ("https://shop.example/?utm_source=acme&utm_medium=odd", "", Other),
        ("https://shop.example/?gclid=abc", "https://www.google.com/", PaidSearch),
        ("https://shop.example/?msclkid=abc", "", PaidSearch),
        ("https://shop.example/?fbclid=abc", "", Social),
        ("https://shop.example/?fbclid=abc&utm_medium=paid_social", "", PaidSocial),
        ("https://shop.example/?irclickid=abc", "", Affiliate),
        ("https://shop.example/?utm_medium=display", "", Display),
        ("https://shop.example/?gclid=", "", Direct),
    ];
    for (url, referrer, channel) in cases {
        assert_eq!(with(url, referrer), channel, "{url} from {referrer:?}");
    }
    assert_eq!(derived(Call::Track, "Order Completed", &json!({})).channel, None, "no visit");
    // An address among the properties of a product is no page.
    let product = json!({ "properties": { "url": "https://shop.example/p?utm_source=x" } });
    assert_eq!(derived(Call::Track, "Product Viewed", &product).channel, None);
    let link = derived(
        Call::Track,
        "Deep Link Opened",
        &json!({ "properties": { "url": "app://p?utm_medium=push" } }),
    );
    assert_eq!(link.channel, Some(Push));
}

#[test]
fn a_campaign_is_read_from_the_context_the_address_and_the_message() {
    let said = |derived: Derived| serde_json::to_value(derived.campaign).expect("it can be written");
    let spring =
        json!({ "name": "spring", "source": "google", "medium": "cpc", "term": "red shoes", "content": "a" });
    assert_eq!(said(page(&json!({ "campaign": spring, "page": { "url": "https://s.example/" } }))), spring);
    assert_eq!(
        said(page(
            &json!({ "page": { "url": "https://s.example/", "search": "?utm_campaign=Fr%C3%BChling+%26+mehr&utm_source=x&gclid=1" } })
        )),
        json!({ "source": "x", "name": "Frühling & mehr", "click": "gclid" })
    );
    let clicked = derived(
        Call::Track,
        "Email Link Clicked",
        &json!({ "properties": { "campaign_id": 123, "campaign_name": "May", "email_id": "e7", "link_url": "https://s.example" } }),
    );
    assert_eq!((clicked.channel, clicked.message), (Some(Channel::Email), Some(Act::Clicked)));
    assert_eq!(said(clicked), json!({ "name": "May", "id": "123", "message": "e7" }));
}

#[test]
fn the_device_knows_its_place_better_than_its_address_does() {
    let body = json!({ "context": {
        "location": { "city": "Graz", "country": "Austria", "latitude": 47.07 },
        "geo": { "city": "Wien", "country": "AT" },
    } });
    let mut event = event(Call::Page, "", &body);
    event.geo = Some(Box::new(Geo { country: "DE".into(), region: "Bavaria".into(), city: "".into() }));
    let place = |event: &Event| Derived::of(event, &Facts::of(&event.body)).geo.expect("a place");
    assert_eq!(
        (place(&event).by, &*place(&event).geo.country, &*place(&event).geo.city),
        (Origin::Device, "AT", "Graz")
    );
    event.body = json!({ "context": { "geo": { "city": "Wien", "country": "AT" } } }).to_string();
    assert_eq!((place(&event).by, &*place(&event).geo.country), (Origin::Address, "DE"));
    event.geo = None;
    assert_eq!((place(&event).by, &*place(&event).geo.city), (Origin::Sender, "Wien"));
    assert_eq!(
        ip(r#"{"context":{"ip":"81.2.69.142"}}"#).map(|ip| ip.to_string()).as_deref(),
        Some("81.2.69.142")
    );
    assert_eq!(ip(r#"{"context":{"ip":"nobody"},"ip":"1.1.1.1"}"#), None);
}

#[test]
fn the_word_of_a_channel_is_that_in_json() {
    for channel in Channel::ALL {
        assert_eq!(serde_json::to_value(channel).expect("it can be written"), channel.name());
    }
}
