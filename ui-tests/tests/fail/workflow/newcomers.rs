// What people write on their first day.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Parcel {
    pub id: String,
    pub days: u32,
    pub note: Option<String>,
}

#[step]
pub async fn tell(text: String) {}

fn plain(text: String) -> String {
    text
}

workflow!(
    /// Sends a parcel.
    pub async fn ship(parcel: Parcel) -> Result<String> {
        println!("shipping {}", parcel.id);
        sleep(secs(u64::from(parcel.days)));
        let label: String = parcel.id.into();
        tell(plain(label)).await?;
        let note = parcel.note.unwrap();
        if let Some(note) = parcel.note {
            return Ok(note);
        }
        let rest: Vec<String> = Vec::new();
        #[state = "TellTwice"]
        tell(&label).await.unwrap();
        Ok(String::from("sent"))
    }
);

fn main() {}
