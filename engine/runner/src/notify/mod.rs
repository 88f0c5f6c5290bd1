//! Telling people: by a webhook or a command, each within a bound, and all at once. Who can not be told is told of.

mod payload;

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use reqwest::Client;
use sluice_core::plan::{Channel, Notifier, Template};
use sluice_core::release::prepared::Told;

use crate::command::Short;
use crate::ports::stages::{Herald, Notice};
use crate::scrape::{ScrapeError, http_client, http_client_trusting, root_of};

/// Tells by HTTP and by commands.
#[derive(Debug)]
pub struct WorldHerald {
    client: Client,
}

const WITHIN: Duration = Duration::from_secs(10);

impl WorldHerald {
    pub fn new() -> Result<Self, ScrapeError> {
        Ok(Self { client: http_client()? })
    }

    async fn one(&self, notifier: &Notifier, notice: &Notice) -> Told {
        let told = match &notifier.by {
            Channel::Webhook { url, template, ca } => self.post(url, ca.as_deref(), *template, notice).await,
            Channel::Command { command, directory } => {
                let input = payload::json(notice).to_string().into_bytes();
                match (Short { command, directory, input: &input, within: WITHIN }).run().await {
                    Ok(ended) if ended.good => Ok(()),
                    Ok(ended) => Err(ended.told()),
                    Err(error) => Err(error),
                }
            }
        };
        Told { name: notifier.name.clone(), error: told.err().unwrap_or_default() }
    }

    async fn post(
        &self,
        url: &str,
        ca: Option<&str>,
        template: Template,
        notice: &Notice,
    ) -> Result<(), String> {
        let body = payload::of(template, notice).to_string();
        let own =
            ca.map(|ca| http_client_trusting(Some(ca))).transpose().map_err(|error| error.to_string())?;
        let posted = own
            .as_ref()
            .unwrap_or(&self.client)
            .post(url)
            .header("content-type", "application/json")
            .body(body)
            .send();
        match tokio::time::timeout(WITHIN, posted).await {
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => Err(format!("answered {}", answer.status())),
            Ok(Err(error)) => Err(format!("can not be reached: {}", root_of(&error))),
            Err(_) => Err(format!("did not answer within {} s", WITHIN.as_secs())),
        }
    }
}

#[async_trait]
impl Herald for WorldHerald {
    async fn tell(&self, notice: Notice) -> Vec<Told> {
        let all = notice.plan.stages.prepare.notify.iter();
        let wanted = all.filter(|one| one.on.contains(&notice.occasion));
        join_all(wanted.map(|one| self.one(one, &notice))).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sluice_core::plan::Occasion;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::engine::sample_plan;
    use crate::scrape::TlsServer;

    fn notice(by: Vec<(&str, Channel)>) -> Notice {
        let mut plan = sample_plan();
        let notifier = |(name, by): (&str, Channel)| Notifier {
            name: name.to_owned(),
            by,
            on: vec![Occasion::Ended],
            required: false,
        };
        plan.stages.prepare.notify = by.into_iter().map(notifier).collect();
        let (release, text) = ("shop-1".to_owned(), "promoted: every gate closed".to_owned());
        Notice { release, plan: Arc::new(plan), occasion: Occasion::Ended, text }
    }

    /// Answers one request, and gives what was asked.
    async fn hook(status: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            while !request.ends_with('}') {
                let mut bytes = [0; 4096];
                let read = stream.read(&mut bytes).await.unwrap();
                request.push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            request
        });
        (url, asked)
    }

    #[tokio::test]
    async fn a_webhook_gets_its_payload_and_a_refusal_is_told() {
        let ((good, asked), (bad, _)) = (hook("200 OK").await, hook("500 Oh No").await);
        let to = |url: &str| Channel::Webhook { url: url.to_owned(), template: Template::Slack, ca: None };
        let told = WorldHerald::new().unwrap().tell(notice(vec![("a", to(&good)), ("b", to(&bad))])).await;
        let request = asked.await.unwrap();
        assert!(request.starts_with("POST /hook ") && request.contains("*shop*"), "{request}");
        assert_eq!(told[0].error, "");
        assert_eq!(
            (told[1].name.as_str(), told[1].error.as_str()),
            ("b", "answered 500 Internal Server Error")
        );
    }

    #[tokio::test]
    async fn a_webhook_behind_tls_gets_its_payload_if_its_certificate_is_trusted() {
        let hook =
            TlsServer::start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        let to = |ca: Option<&str>| {
            let (url, ca) = (format!("{}/hook", hook.url), ca.map(str::to_owned));
            Channel::Webhook { url, template: Template::Json, ca }
        };
        let by = vec![("a", to(Some(TlsServer::CA))), ("b", to(None)), ("c", to(Some("/none.pem")))];
        let told = WorldHerald::new().unwrap().tell(notice(by)).await;
        assert_eq!(told[0].error, "");
        assert!(told[1].error.starts_with("can not be reached: "), "{}", told[1].error);
        assert_eq!(told[2].error, "can not be asked: `/none.pem`: No such file or directory (os error 2)");
        let heard = hook.heard();
        assert_eq!(heard.len(), 1, "nobody else was told: {heard:?}");
        assert!(heard[0].starts_with("POST /hook "), "{heard:?}");
    }

    #[tokio::test]
    async fn a_command_gets_the_notice_and_a_failure_is_told() {
        let command = |script: &str| Channel::Command {
            command: ["sh", "-c", script].map(str::to_owned).into(),
            directory: "/".to_owned(),
        };
        let by = vec![
            ("a", command("grep -q '\"outcome\\|every gate closed'")),
            ("b", command("echo no; exit 1")),
        ];
        let told = WorldHerald::new().unwrap().tell(notice(by)).await;
        assert_eq!(
            told.iter().map(|one| one.error.as_str()).collect::<Vec<_>>(),
            ["", "exited with status 1: no"]
        );
    }
}
