/*
 * A backend of Triton that accepts every model: what then loads is decided by Triton's own checks of layout and configuration.
 * It needs no more than to answer requests. The few prototypes are declared here, as NVIDIA's header is not installed with the server.
 */
#include <stdbool.h>
#include <stdint.h>

typedef struct TRITONSERVER_Error TRITONSERVER_Error;
typedef struct TRITONBACKEND_Backend TRITONBACKEND_Backend;
typedef struct TRITONBACKEND_BackendAttribute TRITONBACKEND_BackendAttribute;
typedef struct TRITONBACKEND_ModelInstance TRITONBACKEND_ModelInstance;
typedef struct TRITONBACKEND_Request TRITONBACKEND_Request;
typedef struct TRITONBACKEND_Response TRITONBACKEND_Response;

TRITONSERVER_Error *TRITONBACKEND_BackendAttributeSetParallelModelInstanceLoading(TRITONBACKEND_BackendAttribute *attribute, bool enabled);
TRITONSERVER_Error *TRITONBACKEND_ResponseNew(TRITONBACKEND_Response **response, TRITONBACKEND_Request *request);
TRITONSERVER_Error *TRITONBACKEND_ResponseSend(TRITONBACKEND_Response *response, uint32_t flags, TRITONSERVER_Error *error);
TRITONSERVER_Error *TRITONBACKEND_RequestRelease(TRITONBACKEND_Request *request, uint32_t flags);

enum { RESPONSE_COMPLETE_FINAL = 1, REQUEST_RELEASE_ALL = 1 };

/*
 * As the backends of ONNX Runtime, TensorRT, PyTorch and Python say it. Without it 2.51 mostly crashes, and with it seldom, when it lets go
 * of an instance that it has only just made: TritonBackendThread::StopBackendThread races with the thread that it stops.
 */
TRITONSERVER_Error *TRITONBACKEND_GetBackendAttribute(TRITONBACKEND_Backend *backend, TRITONBACKEND_BackendAttribute *attribute) {
  (void)backend;
  return TRITONBACKEND_BackendAttributeSetParallelModelInstanceLoading(attribute, true);
}

/* Answers each request with a response that holds no outputs: warm-up waits for the answers and looks at nothing in them. */
TRITONSERVER_Error *TRITONBACKEND_ModelInstanceExecute(TRITONBACKEND_ModelInstance *instance, TRITONBACKEND_Request **requests, uint32_t count) {
  (void)instance;
  for (uint32_t at = 0; at < count; at += 1) {
    TRITONBACKEND_Response *response = 0;
    if (TRITONBACKEND_ResponseNew(&response, requests[at]) == 0) TRITONBACKEND_ResponseSend(response, RESPONSE_COMPLETE_FINAL, 0);
    TRITONBACKEND_RequestRelease(requests[at], REQUEST_RELEASE_ALL);
  }
  return 0;
}
