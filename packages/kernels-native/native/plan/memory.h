// Memory of a plan's own: aligned to cache lines, on huge pages where the system has them, zeroed.
#pragma once

#include <cstddef>

namespace dqrm {

/** Asks for huge pages over the whole pages of a range, before its first touch; does nothing where there are none. */
bool adviseHuge(void* begin, std::size_t bytes);

/** Holds zeroed numbers, aligned to 64 bytes; empty when the system has no memory left. */
template <class T>
class Numbers {
 public:
  Numbers() = default;
  explicit Numbers(std::size_t count);
  ~Numbers();
  Numbers(Numbers&& other) noexcept : data_(other.data_), count_(other.count_) { other.forget(); }
  Numbers& operator=(Numbers&& other) noexcept;
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return count_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  void forget() {
    data_ = nullptr;
    count_ = 0;
  }
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

/** Allocates zeroed bytes. @throws std::bad_alloc */
void* allocateZeroed(std::size_t bytes);
void freeZeroed(void* memory, std::size_t bytes);

template <class T>
Numbers<T>::Numbers(std::size_t count)
    : data_(count == 0 ? nullptr : static_cast<T*>(allocateZeroed(count * sizeof(T)))), count_(count) {}

template <class T>
Numbers<T>::~Numbers() {
  if (data_ != nullptr) freeZeroed(data_, count_ * sizeof(T));
}

template <class T>
Numbers<T>& Numbers<T>::operator=(Numbers&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) freeZeroed(data_, count_ * sizeof(T));
    data_ = other.data_;
    count_ = other.count_;
    other.forget();
  }
  return *this;
}

}  // namespace dqrm
