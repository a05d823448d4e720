//! Requests that no carrier and no buyer of the sandbox sends by itself.

use sandbox::carrier::{Webhook, sign};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::world::World;

impl World {
    /// The status and the body behind a path.
    pub async fn fetched(&self, path: &str) -> (u16, String) {
        self.asked(format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")).await
    }

    /// The answer to a webhook that is sent once more.
    pub async fn sent_again(&self, webhook: &Webhook) -> String {
        let token = &self.medicare.carrier.config().auth_token;
        let signature = sign(token, &webhook.url, &webhook.params);
        let pairs =
            webhook.params.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-twilio-signature: {signature}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
            webhook.path,
            body.len()
        );
        let (status, answer) = self.asked(head + &body).await;
        assert!(status < 300, "{status}");
        answer
    }

    /// The status that a webhook gets whose signature is not the carrier's.
    pub async fn forged(&self, path: &str) -> u16 {
        let head = "host: here\r\nconnection: close\r\nx-twilio-signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\
             content-type: application/x-www-form-urlencoded\r\n";
        let body = "AccountSid=AC1&CallSid=CA1&To=%2B18005550100&From=%2B13055550199&CallStatus=ringing";
        let request = format!("POST {path} HTTP/1.1\r\n{head}content-length: {}\r\n\r\n{body}", body.len());
        self.asked(request).await.0
    }

    async fn asked(&self, request: String) -> (u16, String) {
        let mut socket = TcpStream::connect(self.app.address).await.expect("the server listens");
        socket.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = vec![];
        socket.read_to_end(&mut answer).await.expect("it answers");
        // Sound is no text; what of it is looked at is.
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        (head[9..12].parse().expect("a status is a number"), body.to_owned())
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
