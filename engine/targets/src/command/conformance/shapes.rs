//! Requirements on shapes: what is taken is in effect, what is refused changes nothing.

use sluice_core::model::shape::{Matcher, Mirror, Role, Route, Weight};
use sluice_runner::ports::target::Target;

use super::bench::{Bench, is_as_asked};

type Checked = Result<(), String>;

impl Bench {
    pub async fn observes(&mut self) -> Checked {
        let (first, second) = (self.look().await?, self.look().await?);
        if first != second {
            return Err("two looks at a platform that nobody touched differ".to_owned());
        }
        Ok(())
    }

    pub async fn takes_a_first_shape(&mut self) -> Checked {
        let desired = self.next(None);
        let status = self.brings_about(desired).await?;
        if status.address.is_empty() {
            return Err("it has no `address`, where users reach the service".to_owned());
        }
        Ok(())
    }

    pub async fn takes_it_again(&mut self) -> Checked {
        let last = self.last.clone().ok_or("there is no shape yet")?;
        let before = self.settled().await?;
        self.target.apply(&last).await.map_err(|error| format!("apply: {error}"))?;
        let after = self.settled().await?;
        is_as_asked(&last, &after)?;
        let instances = |status: &sluice_runner::ports::target::TargetStatus| -> Vec<String> {
            let all = status.revisions.iter().flat_map(|one| &one.instances);
            all.map(|instance| format!("{} {}", instance.id, instance.address)).collect()
        };
        if instances(&before) != instances(&after) {
            return Err("its instances are others than before".to_owned());
        }
        Ok(())
    }

    pub async fn refuses_a_used_key(&mut self) -> Checked {
        let mut other = self.last.clone().ok_or("there is no shape yet")?;
        other.generation += 1;
        other.stable = None;
        self.refuses(&other, "another shape under a key that was used").await
    }

    pub async fn splits(&mut self, candidate: u16) -> Checked {
        let desired = self.next(Some(candidate));
        self.brings_about(desired).await.map(drop)
    }

    pub async fn splits_finely(&mut self) -> Checked {
        if self.target.capabilities().exact_weights {
            return self.splits(5).await;
        }
        let desired = self.next(Some(5));
        self.refuses(&desired, "a weight of 0.5 % by what does not split so finely").await
    }

    pub async fn routes(&mut self) -> Checked {
        let mut desired = self.next(Some(0));
        let header = Matcher::Header { name: "X-Beta".into(), value: "yes".into() };
        let cookie = Matcher::Cookie { name: "beta".into(), value: "1".into() };
        let route = |matcher| Route { name: "beta".into(), matcher, role: Role::Candidate };
        desired.routes = vec![route(header), route(cookie)];
        match self.target.capabilities().routes {
            true => self.brings_about(desired).await.map(drop),
            false => self.refuses(&desired, "routes by what does not route").await,
        }
    }

    pub async fn mirrors(&mut self) -> Checked {
        let mut desired = self.next(Some(0));
        desired.mirror = Some(Mirror { role: Role::Candidate, weight: Weight::ALL });
        match self.target.capabilities().mirror {
            true => self.brings_about(desired).await.map(drop),
            false => self.refuses(&desired, "a mirror by what does not mirror").await,
        }
    }

    pub async fn refuses_beyond_capacity(&mut self) -> Checked {
        let Some(capacity) = self.target.capabilities().capacity else { return Ok(()) };
        let mut desired = self.next(None);
        if let Some(one) = desired.revisions.first_mut() {
            one.instances = capacity.saturating_add(1);
        }
        self.refuses(&desired, "more instances than its capacity").await
    }

    pub async fn refuses_wrong_sums(&mut self) -> Checked {
        let mut desired = self.next(None);
        if let Some(one) = desired.revisions.first_mut() {
            one.weight = Weight::per_mille(500).unwrap_or_default();
        }
        self.refuses(&desired, "a shape of which the weights add up to 50 %").await
    }

    pub async fn refuses_older(&mut self) -> Checked {
        let last = self.last.clone().ok_or("there is no shape yet")?;
        let mut older = last.clone();
        older.generation = last.generation.saturating_sub(1);
        older.key = format!("{}-older", last.key);
        self.refuses(&older, "an older generation of the same release").await
    }

    pub async fn is_as_it_was(&mut self) -> Checked {
        let last = self.last.clone().ok_or("there is no shape yet")?;
        is_as_asked(&last, &self.settled().await?)
    }

    pub async fn takes_another_release(&mut self) -> Checked {
        self.generation = 0;
        self.subject.release.push_str("-next");
        self.splits(500).await
    }

    pub async fn promotes(&mut self) -> Checked {
        let mut desired = self.next(Some(1000));
        desired.revisions.retain(|one| one.role == Role::Candidate);
        desired.revisions.iter_mut().for_each(|one| one.role = Role::Stable);
        desired.stable = Some(self.two.id.clone());
        self.brings_about(desired).await.map(drop)
    }
}
