#pragma once

#include <optional>
#include <tuple>
#include <type_traits>

namespace spate {

namespace detail {

template <class F>
struct CallSignature : CallSignature<decltype(&F::operator())> {};
template <class R, class... Args>
struct CallSignature<R (*)(Args...)> {
  using Last = std::remove_cvref_t<std::tuple_element_t<sizeof...(Args) - 1, std::tuple<Args...>>>;
};
template <class C, class R, class... Args>
struct CallSignature<R (C::*)(Args...)> : CallSignature<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct CallSignature<R (C::*)(Args...) const> : CallSignature<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct CallSignature<R (C::*)(Args...) const noexcept> : CallSignature<R (*)(Args...)> {};

template <class T>
struct OptionalValue;
template <class T>
struct OptionalValue<std::optional<T>> {
  using Type = T;
};

}  // namespace detail

/// The state type of a function for updateStateByKey: as named (S), else what is in the
/// std::optional that is the function's last parameter.
template <class F, class S>
struct UpdateState {
  using Type = S;
};
template <class F>
struct UpdateState<F, void> {
  using Type = typename detail::OptionalValue<typename detail::CallSignature<F>::Last>::Type;
};

}  // namespace spate
