//! Groups, sagas, branches, maps and failures of several enums in one program.
use workflow_runtime::prelude::*;

use crate::harness::{Bench, err, ok};
use crate::kit::*;

workflow!(
    pub async fn groups(claim: Claim) -> Result<String> {
        let mailed = match async {
            let cents = assess(claim.clone()).await?;
            let receipt = pay(claim.claim_no.clone(), cents).await?;
            if cents > 1_000 {
                let to = match &claim.channel {
                    Some(Channel::Mail { to_address, .. }) => to_address.clone(),
                    Some(_) => "!".to_string(),
                    None => return Ok(0),
                };
                return mail(to, receipt).await.map_err(|failure| failure.into());
            }
            Ok(receipt.len())
        }
        .await
        {
            Ok(n) => n,
            Err(failure) if failure.is::<MailError>() => 1,
            Err(failure) if failure.is::<ClaimError>() => {
                note(failure.error().to_string()).await?;
                2
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok(format!("{mailed}"))
    }
);

twin!(
    p_branches: async fn branches(claim: Claim) -> Result<(i64, Option<String>, usize)> {
        let (cents, receipt, parts) = try_join!(
            assess(claim.clone()),
            async {
                if claim.cents == 0 { return Ok(None); }
                let receipt = pay(claim.claim_no.clone(), claim.cents).await?;
                if receipt.len() > 8 { return Err(FlowFailure::Refused(receipt).into()); }
                Ok(Some(receipt))
            },
            async {
                let mut n = 0;
                for part in &claim.parts {
                    let Some(found) = find(part.article.clone()).await? else { continue };
                    n += found.count as usize;
                }
                Ok(n)
            }
        )?;
        Ok((cents, receipt, parts))
    }
);

twin!(
    p_nested_maps: async fn nested_maps(claim: Claim) -> Result<Vec<(String, Vec<i64>)>> {
        let scale = claim.cents / 100;
        let all = try_map(claim.parts.iter().enumerate(), async |(i, part)| {
            let rows = try_map(0..part.count, async |k| {
                let n = i64::from(k) * scale;
                if n > 60 { return Ok(-1); }
                let mut m = count(n).await?;
                while m % 4 != 0 { m += 1; }
                Ok(m + i as i64)
            }).await?;
            let name = match find(part.article.clone()).await? { Some(found) => found.article, None => "?".to_string() };
            Ok((name, rows))
        }).await?;
        let kept = all.into_iter().filter(|(name, rows)| !rows.is_empty() || name.len() > 3).collect();
        Ok(kept)
    }
);

twin!(
    p_errors: async fn errors(n: i64) -> Result<String> {
        match pay("e".to_string(), n).await {
            Ok(text) if text.len() > 4 => Ok("long".to_string()),
            Ok(text) => Ok(text),
            Err(Failed(ClaimError::Short { wanted, .. })) if wanted > 90_000 => Err(FlowFailure::TooMany { count: 9 }.into()),
            Err(Failed(ClaimError::Void(number))) => {
                let reason = if number == "e" { "void e" } else { "void" };
                Err(FlowFailure::Refused(reason.to_string()).into())
            }
            Err(Failed(error)) => match error {
                ClaimError::Short { left, wanted } => Ok(format!("{left}/{wanted}")),
                ClaimError::Closed => Ok("closed".to_string()),
                ClaimError::Void(text) => Ok(text),
            },
            Err(TimedOut | HeartbeatTimedOut) => Ok("late".to_string()),
            Err(Other(output)) => Ok(output.error.unwrap_or_default()),
        }
    }
);

workflow!(
    /// Pays every part; what was paid is taken back where a mail cannot be sent.
    pub async fn pay_parts(claim: Claim) -> Result<Vec<String>> {
        let receipts = try_map(claim.parts, async |part| {
            let mut receipts: Vec<String> = vec![];
            for n in 0..part.count {
                #[compensate(take_back(receipt))]
                let receipt = pay(part.article.clone(), i64::from(n)).await?;
                receipts.push(receipt);
            }
            if part.weight.is_none() {
                mail(claim.claim_no.clone(), "no weight".to_string()).await?;
            }
            Ok(receipts)
        })
        .await?;
        Ok(receipts.into_iter().flatten().collect())
    }
);

workflow!(
    /// The child.
    #[workflow(error = FlowFailure)]
    pub async fn settle_one(part: Part) -> Result<u32> {
        if part.count > 3 {
            return Err(FlowFailure::TooMany { count: part.count as usize }.into());
        }
        if part.article == "axle" {
            return Err(FlowFailure::Refused(part.article).into());
        }
        let n = count(i64::from(part.count)).await?;
        Ok(n as u32 + part.count)
    }
);

workflow!(
    pub async fn settle_each(claim: Claim) -> Result<(u32, Vec<String>)> {
        let mut sum = 0;
        let mut refused = vec![];
        for part in &claim.parts {
            match settle_one(part.clone()).await {
                Ok(n) => sum += n,
                Err(Failed(FlowFailure::TooMany { count: 4..=5 })) => {
                    refused.push(format!("{}: a few too many", part.article))
                }
                Err(Failed(FlowFailure::TooMany { count })) => refused.push(format!("{count}")),
                Err(Failed(FlowFailure::Refused(what))) => refused.push(what),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok((sum, refused))
    }
);

#[tokio::test(start_paused = true)]
async fn claims() {
    let mut bench = Bench::default();
    for (input, end) in [
        (claim(), ok("8")),
        (bare(), ok("2")),
        (Claim { cents: 600, ..claim() }, ok("7")),
        (Claim { channel: None, ..claim() }, ok("0")),
        (Claim { channel: Some(Channel::Phone), ..claim() }, ok("1")),
        (Claim { cents: 200_000, ..claim() }, ok("2")),
    ] {
        bench.run::<Groups>(input, &[], end, "*").await;
    }
    same!(bench, p_branches as Branches, Claim { cents: 30, ..claim() }, claim(), Claim { cents: 0, ..claim() });
    same!(bench, p_nested_maps as NestedMaps, claim(), bare(), Claim { cents: 1_400, ..claim() });
    same!(bench, p_errors as Errors, 1, 1000, 13, 60_000, 95_000, -1);
    let paid = ["bolt#0", "bolt#1", "bolt#2", "bolt#3", "axle#0"].map(str::to_string).to_vec();
    bench.run::<SettleEach>(claim(), &[], ok((1, ["bolt: a few too many", "axle"])), "*").await;
    bench.run::<PayParts>(claim(), &[], ok(paid), "*").await;
    bench.run::<PayParts>(Claim { claim_no: "!".into(), ..claim() }, &[], err("MailError.Bounced"), "*").await;
    bench.compare();
}
