//! What a measurement gives.

/// One measured number. The ratio is to `against`, measured in the same run, else to the limit.
pub struct Number {
    pub name: String,
    pub unit: &'static str,
    pub value: f64,
    pub against: Option<(&'static str, f64)>,
    pub limit: Option<f64>,
}

impl Number {
    pub fn ratio(&self) -> Option<f64> {
        self.against.map(|(_, base)| self.value / base).or(self.limit.map(|limit| self.value / limit))
    }

    pub fn verdict(&self) -> &'static str {
        match self.limit {
            None => "-",
            Some(limit) if self.value <= limit => "pass",
            Some(_) => "MISS",
        }
    }
}
