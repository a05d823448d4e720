//! baresip as a peer: a softphone that says a tone without end and keeps what it hears, told what to do by its control port.

#![expect(clippy::float_arithmetic, reason = "a tone is measured here, and no money")]

use std::{
    f64::consts::TAU,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering::Relaxed},
    time::Duration,
};

use sip::g711::read_wav;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpStream, UdpSocket},
    time::timeout,
};

/// How long it may take to be there, and to end.
const PATIENCE: Duration = Duration::from_secs(15);
/// Samples of a packet.
const FRAME: usize = 160;

/// A telephone.
pub struct Baresip {
    child: Child,
    control: TcpStream,
    folder: PathBuf,
    /// Where it is called.
    pub at: SocketAddr,
}

impl Baresip {
    /// A telephone that says this tone; it picks up by itself.
    pub async fn saying(hz: u16) -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let n = NEXT.fetch_add(1, Relaxed);
        let folder = format!("{}/baresip-{}-{n}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
        let folder = PathBuf::from(folder);
        fs::create_dir_all(&folder).unwrap();
        let at = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let control = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let tone = folder.join("tone.wav");
        fs::write(&tone, wav(&wave(hz, 60))).unwrap();
        let first = 24_000 + u16::try_from(std::process::id() % 50).unwrap() * 100 + n * 20;
        let modules =
            ["g711", "aufile", "aubridge", "sndfile"].map(|it| format!("module {it}.so\n")).concat();
        let config = format!(
            "poll_method epoll\nsip_listen {at}\naudio_source aufile,{}\naudio_player aubridge,nobody\n\
             audio_alert aubridge,nobody\nmodule_path /usr/lib/baresip/modules\n{modules}module_tmp account.so\n\
             module_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen {control}\nrtp_ports {first}-{}\n\
             snd_path {}\n",
            tone.display(),
            first + 19,
            folder.display(),
        );
        fs::write(folder.join("config"), config).unwrap();
        let account =
            format!("<sip:+18005550100@{at}>;regint=0;answermode=auto;audio_codecs=pcmu;dtmfmode=rtpevent\n");
        fs::write(folder.join("accounts"), account).unwrap();
        fs::write(folder.join("contacts"), "").unwrap();
        let child = Command::new("baresip")
            .args(["-4", "-f"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("baresip is installed: Debian's package baresip-core");
        let connects = async {
            loop {
                match TcpStream::connect(control).await {
                    Ok(control) => break control,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        let control = timeout(PATIENCE, connects).await.expect("baresip comes up");
        Self { child, control, folder, at }
    }

    /// Tells it something, ex: `dial` with an address, `hold`, `sndcode` with a key.
    pub async fn told(&mut self, command: &str, with: &str) {
        let said = format!(r#"{{"command":"{command}","params":"{with}"}}"#);
        let said = format!("{}:{said},", said.len());
        self.control.write_all(said.as_bytes()).await.unwrap();
    }

    /// Ends it. In how many packets it heard this tone.
    pub async fn heard(mut self, hz: u16) -> u64 {
        self.told("quit", "").await;
        let ends = async {
            while self.child.try_wait().unwrap().is_none() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, ends).await.expect("baresip ends");
        let kept = fs::read_dir(&self.folder).unwrap().map(|it| it.unwrap().path());
        let kept = kept.filter(|it| it.to_string_lossy().ends_with("-dec.wav"));
        let heard = kept.map(|path| frames(&path, hz)).sum();
        fs::remove_dir_all(&self.folder).unwrap();
        heard
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        // It has ended already, unless a test has failed.
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// The frames of a recording that are this tone and nothing else.
fn frames(path: &Path, hz: u16) -> u64 {
    let samples = read_wav(&fs::read(path).unwrap()).unwrap();
    let is_tone = |frame: &&[i16]| {
        let (mut re, mut im, mut all) = (0.0, 0.0, 0.0);
        for (at, sample) in (0_u32..).zip(frame.iter()) {
            let turn = TAU * f64::from(hz) * f64::from(at) / 8_000.0;
            let sample = f64::from(*sample);
            (re, im, all) = (re + sample * turn.cos(), im + sample * turn.sin(), all + sample * sample);
        }
        // A pure tone has all of its energy there.
        all > 1e8 && (re * re + im * im) * 2.0 / 160.0 > all * 0.9
    };
    u64::try_from(samples.chunks_exact(FRAME).filter(is_tone).count()).unwrap()
}

/// So many seconds of a tone.
fn wave(hz: u16, secs: u32) -> Vec<i16> {
    let sample = |at: u32| (8_000.0 * (TAU * f64::from(hz) * f64::from(at) / 8_000.0).sin()).round();
    #[expect(clippy::cast_possible_truncation, reason = "it is at most 8,000 either way")]
    (0..secs * 8_000).map(|at| sample(at) as i16).collect()
}

/// A WAV file of 16 bits, one channel, 8,000 samples a second.
fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = u32::try_from(samples.len() * 2).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}
