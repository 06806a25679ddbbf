//! Generated names are stable under edits elsewhere: a statement that is put in, taken out or moved leaves the names of the
//! states of all others as they are.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use workflow_runtime::lower::ir::{Block, Program, Statement};
use workflow_runtime::lower::lower;
use workflow_runtime::{Workflow, asl};

mod pool {
    use workflow_runtime::prelude::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub struct Job {
        pub id: String,
        pub size: u32,
        pub rush: bool,
        pub parts: Vec<u32>,
        pub rows: Vec<u32>,
        pub due: Timestamp,
        pub color: Color,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub enum Color {
        Red,
        Green,
        Blue,
    }

    #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
    pub enum JobError {
        #[error("refused")]
        Refused,
        #[error("busy")]
        Busy,
    }

    macro_rules! steps {
        ($($name:ident),*) => {
            $(#[step]
            pub async fn $name(text: String) -> Result<String, JobError> {
                Ok(text)
            })*
        };
    }

    steps!(
        alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, mu, nu, xi, omicron, pi, rho, sigma,
        tau, upsilon, phi, fresh, lead1, lead2, lead3, lead4, lead5, lead6, lead7, lead8, lead9, lead10, lead11,
        lead12, lead13, lead14, lead15, lead16, lead17, lead18
    );

    // Every statement stands for itself: it may be left out, and may stand anywhere. Before each there is a call of its own:
    // a Choice that follows another one directly becomes one with it.
    workflow!(
        pub async fn statements(job: Job) -> Result<()> {
            lead1(job.id).await?;
            alpha(job.id).await?;
            lead2(job.id).await?;
            if job.rush {
                beta(job.id).await?;
            }
            lead3(job.id).await?;
            if job.size > 3 {
                gamma(job.id).await?;
            } else {
                delta(job.id).await?;
            }
            lead4(job.id).await?;
            sleep(mins(5)).await;
            lead5(job.id).await?;
            sleep_until(job.due).await;
            lead6(job.id).await?;
            try_join!(epsilon(job.id), zeta(job.id))?;
            lead7(job.id).await?;
            for part in job.parts {
                eta(format!("{part}")).await?;
            }
            lead8(job.id).await?;
            try_map(job.rows, async |row| theta(format!("{row}")).await).await?;
            lead9(job.id).await?;
            match iota(job.id).await {
                Ok(_) => {}
                Err(Failed(JobError::Busy)) => {
                    kappa(job.id).await?;
                }
                Err(failure) => return Err(failure.into()),
            }
            lead10(job.id).await?;
            match job.color {
                Color::Red => {
                    lambda(job.id).await?;
                }
                Color::Green => {
                    mu(job.id).await?;
                }
                Color::Blue => {}
            }
            lead11(job.id).await?;
            if job.size > 900 {
                return Err(JobError::Refused.into());
            }
            lead12(job.id).await?;
            let mut count: u32 = 0;
            while count < 3 {
                nu(format!("{count}")).await?;
                count += 1;
            }
            lead13(job.id).await?;
            match async {
                xi(job.id).await?;
                omicron(job.id).await
            }
            .await
            {
                Ok(_) => {}
                Err(_) => {
                    pi(job.id).await?;
                }
            }
            lead14(job.id).await?;
            #[state = "Named"]
            rho(job.id).await?;
            lead15(job.id).await?;
            if job.rush && job.size > 7 {
                sigma(job.id).await?;
                if job.size > 70 {
                    tau(job.id).await?;
                }
            }
            lead16(job.id).await?;
            upsilon(job.id).await?;
            lead17(job.id).await?;
            phi(job.id).await?;
            lead18(job.id).await?;
            fresh(job.id).await?;
            Ok(())
        }
    );
}

/// The statements that may be left out, each with the call before it.
fn groups() -> Vec<Vec<Statement>> {
    let statements = pool::Statements::program().body.statements;
    let mut groups: Vec<Vec<Statement>> = Vec::new();
    let mut open = Vec::new();
    for statement in statements {
        open.push(statement.clone());
        // The call, perhaps a `let` that what follows needs, and the statement itself.
        if open.len() > 1 && !matches!(statement, Statement::Let(_)) {
            groups.push(std::mem::take(&mut open));
        }
    }
    groups
}

/// What stands under each name: type and what is called.
type Names = BTreeMap<String, String>;

fn names(chosen: &[usize]) -> Names {
    let groups = groups();
    let statements: Vec<Statement> = chosen.iter().flat_map(|index| groups[*index].clone()).collect();
    let program = pool::Statements::program();
    let body = Block { statements: statements.leak(), tail: program.body.tail };
    let program = Program { body, ..program.clone() };
    let machine = lower(&program).unwrap_or_else(|faults| panic!("{chosen:?}: {faults:?}"));
    let mut names = Names::new();
    collect(&machine.states, &mut names);
    names
}

fn collect<'a>(states: impl IntoIterator<Item = (&'a String, &'a asl::State)>, names: &mut Names) {
    for (name, state) in states {
        let called = match state {
            asl::State::Task(task) => task.resource.clone(),
            _ => String::new(),
        };
        names.insert(name.clone(), format!("{} {called}", state.type_name()));
        for branch in state.branches() {
            collect(&branch.states, names);
        }
    }
}

/// States that belong to no statement: they shape or end what is there.
fn is_common(name: &str) -> bool {
    matches!(name, "Done" | "Prepare" | "Failed")
}

fn lost(before: &Names, after: &Names) -> Vec<String> {
    let lost = before.iter().filter(|(name, what)| !is_common(name) && after.get(*name) != Some(*what));
    lost.map(|(name, what)| format!("{name} ({what})")).collect()
}

fn chosen() -> impl Strategy<Value = Vec<usize>> {
    let all: Vec<usize> = (0..groups().len()).collect();
    let length = all.len();
    subsequence(all, 2..length).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_statement_that_is_put_in_or_taken_out_renames_nothing(chosen in chosen(), at in any::<Index>()) {
        let with = names(&chosen);
        let mut less = chosen.clone();
        less.remove(at.index(chosen.len()));
        let without = names(&less);
        let lost = lost(&without, &with);
        prop_assert!(lost.is_empty(), "{lost:?}\nwithout {less:?}: {without:#?}\nwith {chosen:?}: {with:#?}");
    }

    #[test]
    fn a_statement_that_is_moved_renames_nothing(chosen in chosen(), from in any::<Index>(), to in any::<Index>()) {
        let before = names(&chosen);
        let mut moved = chosen.clone();
        let statement = moved.remove(from.index(chosen.len()));
        moved.insert(to.index(chosen.len()), statement);
        let after = names(&moved);
        let lost = lost(&before, &after);
        prop_assert!(lost.is_empty(), "{lost:?}\nbefore {chosen:?}: {before:#?}\nafter {moved:?}: {after:#?}");
    }
}

/// The states of a machine, in order.
fn states<W: Workflow>() -> Vec<String> {
    W::definition().state_machine().states.keys().cloned().collect()
}

mod exceptions {
    use super::pool::{Job, alpha, beta, gamma};
    use workflow_runtime::prelude::*;

    workflow!(
        pub async fn once(job: Job) -> Result<String> {
            beta(job.id).await?;
            sleep(mins(5)).await;
            alpha(job.id).await
        }
    );

    workflow!(
        pub async fn twice(job: Job) -> Result<String> {
            alpha(job.id).await?;
            sleep(mins(5)).await;
            beta(job.id).await?;
            sleep(mins(5)).await;
            #[state = "AlphaAgain"]
            alpha(job.id).await
        }
    );

    workflow!(
        pub async fn named(job: Job) -> Result<String> {
            alpha(job.id).await?;
            #[state = "Wait5Minutes2"]
            sleep(mins(5)).await;
            beta(job.id).await?;
            #[state = "Wait5Minutes"]
            sleep(mins(5)).await;
            #[state = "Again"]
            alpha(job.id).await
        }
    );

    workflow!(
        pub async fn apart(job: Job) -> Result<String> {
            if job.rush {
                beta(job.id).await?;
            }
            alpha(job.id).await?;
            if job.size > 3 {
                gamma(job.id).await?;
            }
            Ok(job.id)
        }
    );

    workflow!(
        pub async fn together(job: Job) -> Result<String> {
            if job.size > 900 {
                return Err(super::pool::JobError::Refused.into());
            }
            if job.rush {
                beta(job.id).await?;
            }
            alpha(job.id).await
        }
    );
}

#[test]
fn what_may_rename_is_known() {
    // The first of two equal pauses has the plain name; an earlier one takes it. A second call of a step is named by a person.
    assert_eq!(states::<exceptions::Once>(), ["Beta", "Wait5Minutes", "Alpha"]);
    assert_eq!(states::<exceptions::Twice>(), ["Alpha", "Wait5Minutes", "Beta", "Wait5Minutes2", "AlphaAgain"]);
    // What must not be renamed is named.
    assert_eq!(states::<exceptions::Named>(), ["Alpha", "Wait5Minutes2", "Beta", "Wait5Minutes", "Again"]);
    // A Choice directly behind another one becomes one with it.
    assert!(states::<exceptions::Apart>().contains(&"Beta?".to_owned()));
    assert_eq!(states::<exceptions::Together>(), ["JobErrorRefused?", "JobErrorRefused", "Beta", "Alpha"]);
}
