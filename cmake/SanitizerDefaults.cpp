// Run-time options of the sanitizers, compiled into our executables so that a test behaves the
// same under ctest, in a debugger and when another program starts it. The environment still wins.
//
// Arrow's shared libraries are not instrumented: without ignore_noninstrumented_modules the thread
// sanitizer reports Arrow's own synchronisation as races. It also sleeps a second before a process
// with threads ends, in each of our tests, unless told otherwise.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are the sanitizers'
extern "C" {
const char* __asan_default_options() {
  return "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1";
}
const char* __tsan_default_options() {
  return "ignore_noninstrumented_modules=1:halt_on_error=1:atexit_sleep_ms=0";
}
const char* __ubsan_default_options() { return "print_stacktrace=1:halt_on_error=1"; }
}
// NOLINTEND(bugprone-reserved-identifier)
