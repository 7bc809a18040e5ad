#include <nero/nero.h>

int main(void) {
  nero_context *context = 0;
  return nero_context_create(0, &context, 0) != NERO_OK || nero_context_destroy(context, 0) != NERO_OK;
}
