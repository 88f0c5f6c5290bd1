//! Prometheus' and OpenMetrics' own test cases: what Prometheus accepts, and the samples it reads.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_metrics::exposition::{Format, Limits, Page, decode};

use crate::vectors;

#[test]
fn exposition() {
    let Some(cases) = vectors::read("exposition.ndjson") else { return };
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| check(case).err().map(|why| format!("{}: {why}", case["id"].as_str().unwrap())))
        .collect();
    println!("conformance exposition: {} of {}", cases.len() - failures.len(), cases.len());
    for failure in &failures {
        println!("  {failure}");
    }
    assert!(failures.is_empty());
}

fn check(case: &Value) -> Result<(), String> {
    let format = if case["format"] == "om" { Format::OpenMetrics } else { Format::PrometheusText };
    let bytes = base64(case["text_b64"].as_str().unwrap());
    match (decode(&bytes, format, &Limits::default()), case["prometheus_accepts"] == true) {
        (Err(_), false) => Ok(()),
        (Ok(_), false) => Err("accepted".into()),
        (Err(error), true) => Err(error.to_string()),
        (Ok(page), true) => same_samples(&page, case["samples"].as_array().unwrap()).and_then(|()| {
            let types = types(&page);
            if Value::from_iter(types.clone()) == case["types"] {
                Ok(())
            } else {
                Err(format!("types {types:?}"))
            }
        }),
    }
}

fn types(page: &Page<'_>) -> BTreeMap<String, &'static str> {
    page.families.iter().filter_map(|family| Some((family.name.to_string(), family.kind?.as_str()))).collect()
}

fn same_samples(page: &Page<'_>, want: &[Value]) -> Result<(), String> {
    if page.samples.len() != want.len() {
        return Err(format!("{} samples, not {}", page.samples.len(), want.len()));
    }
    for (sample, want) in page.samples.iter().zip(want) {
        let mut labels = BTreeMap::from([("__name__".to_owned(), sample.name.to_string())]);
        for label in page.labels(sample) {
            // Prometheus drops an empty label, and of two of the same name it keeps the last.
            labels.insert(label.name.to_string(), label.value.to_string());
        }
        labels.retain(|_, value| !value.is_empty());
        let value = vectors::float(&want["v"]);
        let same_value = sample.value == value || (sample.value.is_nan() && value.is_nan());
        if Value::from_iter(labels.clone()) != want["l"]
            || !same_value
            || sample.timestamp != want["t"].as_i64()
        {
            return Err(format!("{labels:?} {} {:?}, not {want}", sample.value, sample.timestamp));
        }
    }
    Ok(())
}

fn base64(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter(|byte| *byte != b'=').map(|byte| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    });
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0u32, 0);
    for digit in digits {
        buffer = buffer << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    bytes
}
