// What stops a launch.
#pragma once

#include <stdexcept>
#include <string>

namespace ptxemu {

/// The runtime's error numbers; the driver's are the same.
enum ErrorCode : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kInvalidConfiguration = 9,
  kInvalidSymbol = 13,
  kInvalidMemcpyDirection = 21,
  kInvalidDeviceFunction = 98,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kNoBinaryForDevice = 209,
  kInvalidHandle = 400,
  kNotFound = 500,
  kNotReady = 600,
  kIllegalAddress = 700,
  kLaunchTimeout = 702,
  kAssert = 710,
  kIllegalInstruction = 715,
  kMisalignedAddress = 716,
  kLaunchFailure = 719,
  kNotSupported = 801,
  kCaptureUnsupported = 900,
  kCaptureInvalidated = 901,
  kCaptureUnmatched = 903,
  kCaptureUnjoined = 904,
  kCaptureIsolation = 905,
  kCaptureImplicit = 906,
};

/// Thrown by an instruction; the scheduler adds kernel, block, thread and the instruction's text.
struct Fault : std::runtime_error {
  Fault(int error, int in_lane, const std::string &what) : runtime_error(what), code(error), lane(in_lane) {}

  int code;
  int lane;  ///< -1: no single one
};

}  // namespace ptxemu
