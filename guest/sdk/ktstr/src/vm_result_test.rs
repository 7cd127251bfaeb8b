use super::*;

fn result() -> VmResult {
    let text = r#"{"verdict": "pass", "success": true, "exit_code": 0, "duration_ns": 2000000000, "unknown": 1,
        "scheduler": {"name": "foo", "end": "clean", "attach_ns": 5, "log": "x"},
        "result": {"verdict": "pass", "timeline": [{"at": 1, "what": "snapshot 1"}, {"at": 2, "what": "op"}],
          "phases": [
            {"index": 1, "name": "step 0", "begin": 0, "end": 1000000000, "cgroups": {
              "a": {"num_workers": 2, "total_iterations": 300, "max_gap_ms": 3.0,
                    "wake": {"samples": 9, "p50_us": 1.0, "p99_us": 7.0}},
              "b": {"num_workers": 1, "total_iterations": 100, "max_gap_ms": 5.0,
                    "run_delay": {"mean_us": 2.0, "worst_us": 4.0, "total_ns": 8}}}},
            {"index": 2, "name": "step 1", "begin": 1000000000, "end": 3000000000, "cgroups": {
              "a": {"total_iterations": 200, "wake": {"samples": 0, "p99_us": 1.0}}}}]}}"#;
    serde_json::from_str(text).expect("a result")
}

#[test]
fn finds_cgroups_of_steps() {
    let result = result();
    let stats = result.phase_cgroup(Phase::step(0), "b").expect("b in step 0");
    assert_eq!(stats.total_iterations, 100);
    assert_eq!(stats.run_delay_summary(), Some((2.0, 4.0)));
    assert_eq!(stats.wake_summary(), None);
    assert_eq!(result.phase_cgroup(Phase::step(1), "b"), None);
    assert_eq!(result.phase_cgroup(Phase::BASELINE, "a"), None);
}

#[test]
fn no_samples_are_no_summary() {
    let stats = result().phase_cgroup(Phase::step(1), "a").expect("a in step 1");
    assert_eq!(stats.wake_summary(), None);
    assert_eq!(result().phase_cgroup(Phase::step(0), "a").and_then(|a| a.wake_summary()), Some((7.0, 1.0)));
}

#[test]
fn metrics_are_sums_worsts_and_rates() {
    let metric = |name| result().phase_metric(Phase::step(0), name);
    assert_eq!(metric("total_iterations"), Some(400.0));
    assert_eq!(metric("num_workers"), Some(3.0));
    assert_eq!(metric("max_gap_ms"), Some(5.0));
    assert_eq!(metric("worst_run_delay_us"), Some(4.0));
    assert_eq!(metric("worst_p99_wake_latency_us"), Some(7.0));
    assert_eq!(metric("iteration_rate"), Some(400.0));
    assert_eq!(metric("nothing"), None);
}

#[test]
fn the_throughput_ratio_is_of_rates() {
    assert_eq!(result().throughput_ratio(Phase::step(0), Phase::step(1)), Some(4.0));
    assert_eq!(result().throughput_ratio(Phase::step(0), Phase::step(2)), None);
}

#[test]
fn the_rest_is_as_the_runner_says() {
    let mut result = result();
    result.count_snapshots(3);
    assert_eq!((result.periodic_fired, result.periodic_target), (1, 3));
    assert_eq!(result.duration, Duration::from_secs(2));
    assert_eq!(result.scheduler.as_ref().map(|scheduler| scheduler.end.as_str()), Some("clean"));
}
