#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <utility>

#include "spate/types/Hash.h"
#include "spate/types/Owned.h"

namespace spate {

/// The hash map of the engine: open addressing, stable hash, and lookups by views of the key
/// (find("word"sv) in a HashMap<std::string, ...> makes no string). Inserting may move all
/// elements: references do not outlive it. The order of iteration is not specified.
template <class K, class V>
using HashMap = boost::unordered_flat_map<K, V, StableHash, StableEqual>;

template <class K>
using HashSet = boost::unordered_flat_set<K, StableHash, StableEqual>;

/// The value of a key, default-constructed when it is new. The key may be a view of Map's key
/// type; only a new key is copied.
///
/// Out  the value (valid until the next insertion), and whether it is new
template <class Map, class Key>
std::pair<typename Map::mapped_type&, bool> findOrInsert(Map& map, const Key& key) {
  if (const auto found = map.find(key); found != map.end()) return {found->second, false};
  const auto inserted = map.try_emplace(typename Map::key_type(toOwned(key)));
  return {inserted.first->second, true};
}

}  // namespace spate
