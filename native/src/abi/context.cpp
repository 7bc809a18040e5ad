#include "abi/guard.h"

using namespace nero;

nero_status nero_context_create(const nero_context_options *options, nero_context **context, nero_error *error) {
  return guarded(error, [&] {
    nero_context *&out = required(context, "context");
    const nero_context_options defaults{sizeof defaults, NERO_DEVICE_CPU, 0, 0, nullptr, nullptr};
    if (options != nullptr) known(options, "nero_context_options");
    out = new nero_context{kContextMagic, Context(options != nullptr ? *options : defaults)};
  });
}

nero_status nero_context_destroy(nero_context *context, nero_error *error) {
  return guarded(error, [&] {
    if (context == nullptr) return;
    const int64_t live = valid(context).optimizers();
    { const Entry entry(valid(context).busy(), "context"); }
    if (live != 0) {
      throw Failure(NERO_ERROR_SEQUENCE,
                    text("%lld optimisers of this context live: destroy them first", (long long)live));
    }
    const int64_t events = valid(context).events();
    if (events != 0) {
      throw Failure(NERO_ERROR_SEQUENCE,
                    text("%lld events of this context live: destroy them first", (long long)events));
    }
    context->magic = 0;
    delete context;
  });
}

nero_status nero_context_synchronize(nero_context *context, nero_error *error) {
  return guarded(error, [&] { valid(context).backend().synchronize(); });
}
