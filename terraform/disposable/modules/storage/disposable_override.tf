# Laid over the module where a deployment may be destroyed; see README.md, "Taking it down".

resource "aws_s3_bucket" "purpose" {
  lifecycle {
    prevent_destroy = false
  }
}
