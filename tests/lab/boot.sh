#!/bin/bash
# Hostile guests and the boot tests on our own VMM, inside the lab: boot.sh KERNEL FILTER [KERNEL FILTER]... Each program's
# lines carry its number, as ctest's do.
number=0 failed=0
KTSTR_TEST_MACHINE=kvm build/release/unit/hostile_guest_test --gtest_color=no 2>&1 | sed -u "s/^/$number: /"
[ "${PIPESTATUS[0]}" = 0 ] || failed=1
while [ $# -ge 2 ]; do
    number=$((number + 1))
    KTSTR_TEST_MACHINE=kvm KTSTR_TEST_KERNEL_IMAGE=$1 build/release/unit/kernel_boot_test --gtest_color=no \
        --gtest_filter="$2" 2>&1 | sed -u "s/^/$number: /"
    [ "${PIPESTATUS[0]}" = 0 ] || failed=1
    KTSTR_TEST_MACHINE=kvm build/release/unit/kernel_boot_test --gtest_list_tests --gtest_filter="$2" | grep -q '^  ' ||
        { echo "no test is called $2"; failed=1; }
    shift 2
done
exit $failed
