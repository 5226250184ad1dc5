/* SPDX-License-Identifier: Apache-2.0 */
/* op_templates.h -- the templates of all operations, for a format that is a test's own; after pass/tape_tmpl.h. */
#include "op/affine_tmpl.c"
#include "op/conv2d_tmpl.c"
#include "op/end_tmpl.c"
#include "op/identity_tmpl.c"
#include "op/leaky_relu_tmpl.c"
#include "op/loss_tmpl.c"
#include "op/max_pool_tmpl.c"
#include "op/pointwise_tmpl.c"
#include "op/relu_tmpl.c"
#include "op/sigmoid_tmpl.c"
#include "op/squared_error_tmpl.c"
#include "op/tanh_tmpl.c"
