//! Serves the assistant. The environment says which model it asks, and where it listens:
//!
//! | variable | meaning | unless set |
//! | --- | --- | --- |
//! | `MODEL_BASE_URL` | the API's address, such as `https://api.openai.com/v1` | it does not start |
//! | `MODEL_NAME` | the model's id there | it does not start |
//! | `MODEL_KEY` | the key | none is sent |
//! | `LISTEN` | where to listen | `127.0.0.1:3000` |

use std::env;
use std::error::Error;

use requirements_assistant::{Model, router};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let set = |name: &str| env::var(name).map_err(|why| format!("{name}: {why}"));
    let model = Model::new(&set("MODEL_BASE_URL")?, &set("MODEL_NAME")?, env::var("MODEL_KEY").ok())?;
    let listen = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&listen).await.map_err(|why| format!("{listen}: {why}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router(model)).await?)
}
