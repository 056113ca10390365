"""What visitors submit, in the shapes that the hooks of each plug-in are documented to give."""

from __future__ import annotations

from collections.abc import Mapping

CONTACT_FORM_7: Mapping[str, object] = {
    "id": 12,
    "title": "Ask for a price",
    "form": "<label> Your name [text* your-name] </label>\n<label> Telefon\n [tel tel-123] </label>\n"
    '<label>Your message [textarea your-message]</label>\n[file pictures]\n[submit "Send"]',
    "tags": [
        {"name": "your-name", "type": "text*", "basetype": "text"},
        {"name": "tel-123", "type": "tel", "basetype": "tel"},
        {"name": "your-message", "type": "textarea", "basetype": "textarea"},
        {"name": "rooms", "type": "checkbox", "basetype": "checkbox"},
        {"name": "pictures", "type": "file", "basetype": "file"},
        {"name": "", "type": "submit", "basetype": "submit"},
    ],
    "posted_data": {
        "your-name": "Åsa Öberg 🙂",
        "tel-123": "+46 70 174 06 13",
        "your-message": "Two windows,\nplease.",
        "rooms": ["Kitchen", "Hall"],
        "pictures": "0cc175b9c0f1b6a831c399e269772661",
        "_wpcf7_locale": "sv_SE",
    },
    "uploaded_files": {"pictures": ["/srv/uploads/wpcf7_uploads/812/plan.pdf"]},
    "meta": {"url": "https://klarruta.example/offert/?utm_source=ya&utm_campaign=h%C3%B6st"},
}

WPFORMS: Mapping[str, object] = {
    "fields": {
        "1": {"id": 1, "name": "Namn", "type": "name", "value": "Omar Aziz", "first": "Omar", "last": "Aziz"},
        "2": {"id": 2, "name": "E-post", "type": "email", "value": "omar@example.com"},
        "3": {"id": 3, "name": "What is it about?", "type": "textarea", "value": "A door that sticks."},
        "4": {
            "id": 4,
            "name": "Rooms",
            "type": "checkbox",
            "value": "Kitchen\nHall",
            "value_raw": "Kitchen\nHall",
        },
        "5": {"id": 5, "name": "A password", "type": "password", "value": "hunter22"},
        "6": {"id": 6, "name": "Card", "type": "stripe-credit-card", "value": "XXXX4242"},
    },
    "form_data": {"id": "48", "settings": {"form_title": "Service & repairs"}},
}

GRAVITY_FORMS: Mapping[str, object] = {
    "entry": {
        "id": "731", "form_id": "5", "status": "active", "source_url": "https://klarruta.example/gravity/",
        "1.3": "Lena", "1.6": "Berg", "2": "+46701740614", "3": "lena@example.com", "4": "Glass is broken",
        "5.1": "Window", "5.2": "", "5.3": "Door",
        "7": "10:30 am", "8": "2026-12-01",
    },
    "form": {
        "id": 5,
        "title": "Broken glass",
        "fields": [
            {"id": 1, "label": "Who are you", "type": "name",
             "inputs": [{"id": "1.2", "label": "Prefix"}, {"id": "1.3", "label": "First"},
                        {"id": "1.6", "label": "Last"}]},
            {"id": 2, "label": "Where do we reach you", "type": "phone", "inputs": None},
            {"id": 3, "label": "Email", "type": "email", "inputs": None},
            {"id": 4, "label": "Tell us", "type": "textarea", "inputs": None},
            {"id": 5, "label": "What", "type": "checkbox",
             "inputs": [{"id": "5.1", "label": "Window"}, {"id": "5.2", "label": "Wall"},
                        {"id": "5.3", "label": "Door"}]},
            {"id": 6, "label": "", "type": "section", "inputs": None},
            {"id": 7, "label": "When", "type": "time", "inputs": [{"id": "7.1"}, {"id": "7.2"}, {"id": "7.3"}]},
            {"id": 8, "label": "Day", "type": "date", "inputs": [{"id": "8.1"}, {"id": "8.2"}, {"id": "8.3"}]},
        ],
    },
}  # fmt: skip

ELEMENTOR: Mapping[str, object] = {
    "fields": {
        "name": {"id": "name", "type": "text", "title": "Name", "value": "Karin Ekdahl", "raw_value": "Karin Ekdahl",
                 "required": "1"},
        "field_a1": {"id": "field_a1", "type": "tel", "title": "", "value": "070-174 06 15",
                     "raw_value": "070-174 06 15", "required": ""},
        "field_b2": {"id": "field_b2", "type": "step", "title": "Step", "value": "", "raw_value": "", "required": ""},
    },
    "form_settings": {"id": "7a1b2c3", "form_name": "Call me"},
}  # fmt: skip

WOOCOMMERCE: Mapping[str, object] = {
    "hook": "woocommerce_new_order",
    "id": 731,
    "order_number": "2026-731",
    "status": "processing",
    "currency": "SEK",
    "total": "15400.00",
    "date_created": "2026-11-26 09:10:11",
    "date_modified": "2026-11-26 09:10:12",
    "payment_method_title": "Card",
    "customer_note": "Ring before you come.",
    "billing": {
        "first_name": "Anna", "last_name": "Kvist", "company": "", "address_1": "Storgatan 1", "address_2": "",
        "city": "Umeå", "state": "", "postcode": "903 26", "country": "SE", "email": "anna@example.com",
        "phone": "+46 70 174 06 16",
    },
    "shipping": {},
    "line_items": [{"name": "Window 2x1", "sku": "W21", "quantity": 2, "total": "15400.00"}],
    "shippings": [{"name": "Our own van", "total": "0.00"}],
    "meta": {"_wc_order_attribution_utm_source": "newsletter"},
}  # fmt: skip

SHAPES: Mapping[str, Mapping[str, object]] = {
    "contact-form-7": CONTACT_FORM_7,
    "wpforms": WPFORMS,
    "gravity-forms": GRAVITY_FORMS,
    "elementor": ELEMENTOR,
    "woocommerce": WOOCOMMERCE,
}
