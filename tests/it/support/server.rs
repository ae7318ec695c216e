//! A small HTTP server whose every answer a test scripts, bad ones included: it speaks to one
//! connection per thread, on a loopback port the system hands out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// How many came before it.
    pub number: usize,
    /// Method and path: `POST /v1/chat/completions`.
    pub target: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// What it says as JSON; null where it is none.
    pub body: Value,
    /// The bytes of the body.
    pub raw: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does about a request.
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Sends these bytes and hangs up.
    Bytes(Vec<u8>),
    /// Sends these bytes, which are a whole answer, and tells when the other end has hung up: it has read them.
    Read(Vec<u8>, Sender<()>),
    /// Hangs up without a word.
    HangUp,
    /// Says nothing until told to, or until the other end of the channel is dropped.
    Silence(Receiver<()>),
    /// Sends the first bytes, waits as for `Silence`, sends the others, and hangs up.
    Halting(Vec<u8>, Receiver<()>, Vec<u8>),
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Reply {
        let headers = vec![("content-type", "application/json".to_owned())];
        Reply::Answer { status, headers, body: body.to_string().into_bytes() }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        if let Reply::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }

    /// The bytes of an answer as it goes over the wire.
    pub fn bytes(status: u16, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !headers.iter().any(|(name, _)| *name == "content-length") {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        // A connection that is kept may be used again in the moment it is closed: a request that was
        // tried and never counted.
        head.push_str("connection: close\r\n");
        [head.as_bytes(), b"\r\n", body].concat()
    }
}

/// Closed, it holds up whoever passes; open, nobody.
#[derive(Default)]
pub struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub fn pass(&self) {
        let open = self.open.lock().expect("no panic at the gate");
        drop(self.opened.wait_while(open, |open| !*open).expect("no panic at the gate"));
    }

    pub fn open(&self) {
        self.set(true);
    }

    /// Opens or closes it.
    pub fn set(&self, open: bool) {
        *self.open.lock().expect("no panic at the gate") = open;
        self.opened.notify_all();
    }
}

type Script = dyn Fn(&Received) -> Reply + Send + Sync;

/// The server; it stops listening when dropped.
pub struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    pub fn start(script: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        let address = listener.local_addr().expect("an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let script: Arc<Script> = Arc::new(script);
        let (log, stop) = (Arc::clone(&received), Arc::clone(&stopped));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                // A client that hangs up ends its own thread only.
                std::thread::spawn(move || serve(stream, &*script, &log).ok());
            }
        });
        Server { address, received, stopped }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The address without the version of the API.
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic in the server").clone()
    }

    pub fn count(&self) -> usize {
        self.received.lock().expect("no panic in the server").len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).ok();
    }
}

fn serve(mut stream: TcpStream, script: &Script, log: &Mutex<Vec<Received>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut target = String::new();
        if reader.read_line(&mut target)? == 0 {
            return Ok(());
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let received = {
            let mut log = log.lock().expect("no panic in the server");
            let target = target.rsplit_once(' ').map_or("", |(target, _)| target).to_owned();
            let raw = body;
            let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
            let number = log.len();
            log.push(Received { number, target, headers, body, raw });
            log.last().cloned().expect("just pushed")
        };
        match script(&received) {
            Reply::Answer { status, headers, body } => {
                stream.write_all(&Reply::bytes(status, &headers, &body))?;
            }
            Reply::Bytes(bytes) => return stream.write_all(&bytes),
            Reply::Read(bytes, tell) => {
                stream.write_all(&bytes)?;
                // Ends with an error, too, where the other end is not gentle.
                reader.read_to_end(&mut Vec::new()).ok();
                tell.send(()).ok();
                return Ok(());
            }
            Reply::HangUp => return Ok(()),
            Reply::Silence(told) => {
                told.recv().ok();
                return Ok(());
            }
            Reply::Halting(first, told, rest) => {
                stream.write_all(&first)?;
                told.recv().ok();
                return stream.write_all(&rest);
            }
        }
    }
}
