/* An OpenCL that has no device. The oneDNN of Maven Central is linked to OpenCL and asks for every symbol when it is
 * loaded, but a CPU engine calls none of them. Loaded only where the system has no OpenCL of its own. */

/* CL_PLATFORM_NOT_FOUND_KHR */
#define NO_PLATFORM -1001

#define FAILS(name) \
  int name(void) { return NO_PLATFORM; }
#define GIVES_NULL(name) \
  void *name(void) { return (void *)0; }

FAILS(clBuildProgram)
GIVES_NULL(clCreateBuffer)
GIVES_NULL(clCreateCommandQueue)
GIVES_NULL(clCreateContext)
GIVES_NULL(clCreateKernel)
GIVES_NULL(clCreateProgramWithBinary)
GIVES_NULL(clCreateProgramWithSource)
GIVES_NULL(clCreateSubBuffer)
GIVES_NULL(clCreateSubDevices)
FAILS(clEnqueueCopyBuffer)
FAILS(clEnqueueFillBuffer)
GIVES_NULL(clEnqueueMapBuffer)
FAILS(clEnqueueMarkerWithWaitList)
FAILS(clEnqueueNDRangeKernel)
FAILS(clEnqueueReadBuffer)
FAILS(clEnqueueUnmapMemObject)
FAILS(clEnqueueWriteBuffer)
FAILS(clFinish)
FAILS(clGetCommandQueueInfo)
FAILS(clGetContextInfo)
FAILS(clGetDeviceIDs)
FAILS(clGetDeviceInfo)
FAILS(clGetEventProfilingInfo)
GIVES_NULL(clGetExtensionFunctionAddressForPlatform)
FAILS(clGetKernelArgInfo)
FAILS(clGetKernelInfo)
FAILS(clGetMemObjectInfo)
FAILS(clGetPlatformIDs)
FAILS(clGetPlatformInfo)
FAILS(clGetProgramBuildInfo)
FAILS(clGetProgramInfo)
FAILS(clReleaseCommandQueue)
FAILS(clReleaseContext)
FAILS(clReleaseDevice)
FAILS(clReleaseEvent)
FAILS(clReleaseKernel)
FAILS(clReleaseMemObject)
FAILS(clReleaseProgram)
FAILS(clRetainCommandQueue)
FAILS(clRetainContext)
FAILS(clRetainDevice)
FAILS(clRetainEvent)
FAILS(clRetainMemObject)
FAILS(clSetKernelArg)
