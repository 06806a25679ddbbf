// What people write on their second day.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::integrations::sqs;
use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Parcel {
    pub id: String,
    pub days: u32,
    pub note: Option<String>,
    pub sizes: Vec<u32>,
}

impl Parcel {
    fn weight(&self) -> u32 {
        self.days
    }

    fn empty() -> Self {
        Self { id: String::new(), days: 0, note: None, sizes: vec![] }
    }
}

#[step]
pub async fn tell(text: String) {}

#[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken")]
pub async fn ask(message: sqs::SendMessage) -> Callback<bool> {
    Callback::pending()
}

workflow!(
    /// Sends a parcel.
    pub async fn ship(parcel: &Parcel) -> Result<String> {
        let weight = parcel.weight();
        let fresh = Parcel::empty();
        let outcome = tell("a".into()).await;
        let again = tell("b".into()).await;
        match outcome {
            Ok(()) => {}
            Err(_) => return Ok(String::from("failed")),
        }
        drop(again);
        let doubled = parcel.sizes.iter_mut().map(|size| *size * 2);
        for size in parcel.sizes.windows(2) {
            tell(size.len().to_string()).await?;
        }
        if let Ok(text) = parcel.id.parse::<f64>() {
            return Ok(text.to_string());
        }
        let handles: Vec<_> = parcel.sizes.iter().map(|size| tokio::spawn(tell(size.to_string()))).collect();
        std::thread::sleep(std::time::Duration::from_secs(1));
        Ok(String::from("sent"))
    }
);

workflow!(
    #[workflow(express, timeout = "10m")]
    pub async fn quick(parcel: Parcel) -> Result<()> {
        sleep(mins(10)).await;
        raw_state!({ "Type": "Choice" }).await?;
        let x: u32 = jsonata!("$parcel.days");
        Ok(())
    }
);

fn main() {}
