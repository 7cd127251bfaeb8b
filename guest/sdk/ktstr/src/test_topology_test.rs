use super::*;

#[test]
fn reads_lists_of_the_kernel() {
    assert_eq!(cpu_list("0-2,8"), Some(vec![0, 1, 2, 8]));
    assert_eq!(cpu_list(""), Some(vec![]));
    assert_eq!(cpu_list("2-0"), None);
    assert_eq!(cpu_list("0-99999999"), None);
    assert_eq!(cpu_list("x"), None);
}

#[test]
fn a_spec_counts_threads_first() {
    let topology = TestTopology::from_spec(2, 4, 2, 2);
    assert_eq!(topology.total_cpus(), 16);
    assert_eq!((topology.num_numa_nodes(), topology.num_llcs()), (2, 4));
    assert_eq!(topology.llc_cpus(1), [4, 5, 6, 7]);
    assert_eq!(topology.numa_cpus(1), (8..16).collect::<Vec<_>>());
    assert!(topology.llc_cpus(4).is_empty());
}

#[test]
fn sets_are_cut_as_the_contract_says() {
    let topology = TestTopology::from_spec(1, 2, 5, 1);
    let cpus = |spec| topology.resolve(&spec).into_iter().collect::<Vec<_>>();
    assert_eq!(cpus(CpusetSpec::exact([3, 1])), [1, 3]);
    assert_eq!(cpus(CpusetSpec::range(0.0, 0.25)), [0, 1, 2]);
    assert_eq!(cpus(CpusetSpec::range(1.0, 1.0)), [9]);
    assert_eq!(cpus(CpusetSpec::range(0.5, 1.0)), [5, 6, 7, 8, 9]);
    assert_eq!(cpus(CpusetSpec::disjoint(0, 3)), [0, 1, 2]);
    assert_eq!(cpus(CpusetSpec::disjoint(2, 3)), [6, 7, 8, 9]);
    assert_eq!(cpus(CpusetSpec::overlap(0, 2, 0.25)), [0, 1, 2, 3, 4, 5]);
    assert_eq!(cpus(CpusetSpec::overlap(1, 2, 0.25)), [0, 5, 6, 7, 8, 9]);
    assert_eq!(cpus(CpusetSpec::llc(1)), [5, 6, 7, 8, 9]);
    assert!(cpus(CpusetSpec::disjoint(0, 0)).is_empty());
    assert!(cpus(CpusetSpec::disjoint(9, 3)).is_empty());
}

#[test]
fn reads_sysfs() {
    let folder = crate::fake_engine::TempDir::new();
    let write = |path: String, text: &str| {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    };
    write("cpu/online".into(), "0-3\n");
    write("node/online".into(), "0-1\n");
    for node in 0..2 {
        write(format!("node/node{node}/cpulist"), ["0-1\n", "2-3\n"][node]);
    }
    for cpu in 0..4 {
        write(format!("cpu/cpu{cpu}/cache/index0/level"), "1\n");
        write(format!("cpu/cpu{cpu}/cache/index0/shared_cpu_list"), &format!("{cpu}\n"));
        write(format!("cpu/cpu{cpu}/cache/index1/level"), "3\n");
        write(format!("cpu/cpu{cpu}/cache/index1/shared_cpu_list"), ["0-1\n", "2-3\n"][cpu / 2]);
    }
    assert_eq!(TestTopology::read(folder.path()).expect("sysfs"), TestTopology::from_spec(2, 2, 2, 1));
}

#[test]
fn reads_the_running_machine() {
    assert!(TestTopology::from_system().expect("sysfs").total_cpus() > 0);
}
