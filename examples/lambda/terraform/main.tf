# Terraform: an HTTP API in front of the function.
#
#   postern lambda build --out function.zip ..
#   terraform init && terraform apply
#   aws lambda invoke --function-name "$(terraform output -raw function_name)" \
#     --payload '{"postern":"prepare"}' --cli-binary-format raw-in-base64-out /dev/stdout
#
# The last line brings the database up to date; repeat it after each deployment
# of a new version.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "stage" {
  description = "Stage of the API; \"$default\" for none."
  default     = "$default"
}

variable "website_domain" {
  description = "Origin of the frontend; empty for the built-in pages."
  default     = ""
}

variable "database_parameter" {
  description = "SecureString in the Parameter Store with postgres://…"
  default     = "/postern/database"
}

variable "master_key_parameter" {
  description = "SecureString in the Parameter Store with 32 characters or more."
  default     = "/postern/master_key"
}

variable "google_id" {
  description = "Client id at Google; empty for none. Its secret is the SecureString /postern/google_secret."
  default     = ""
}

variable "github_id" {
  description = "Client id at GitHub; empty for none. Its secret is the SecureString /postern/github_secret."
  default     = ""
}

variable "apple" {
  description = "Services ID, Key ID and Team ID at Apple; null for none. The text of the .p8 file is the SecureString /postern/apple_private_key."
  type        = object({ id = string, key_id = string, team_id = string })
  default     = null
}

# Their values are in the state: keep that encrypted.
data "aws_ssm_parameter" "database" { name = var.database_parameter }
data "aws_ssm_parameter" "master_key" { name = var.master_key_parameter }

data "aws_ssm_parameter" "provider" {
  for_each = local.provider_secrets
  name     = "/postern/${lower(each.key)}"
}

locals {
  stage = var.stage == "$default" ? "" : "/${var.stage}"
  # The providers that are used: their variables, and the names of their secrets.
  providers = merge(
    var.google_id == "" ? {} : { GOOGLE_ID = var.google_id },
    var.github_id == "" ? {} : { GITHUB_ID = var.github_id },
    var.apple == null ? {} : { APPLE_ID = var.apple.id, APPLE_KEY_ID = var.apple.key_id, APPLE_TEAM_ID = var.apple.team_id },
  )
  provider_secrets = toset(concat(
    var.google_id == "" ? [] : ["GOOGLE_SECRET"],
    var.github_id == "" ? [] : ["GITHUB_SECRET"],
    var.apple == null ? [] : ["APPLE_PRIVATE_KEY"],
  ))
  variables = merge(local.providers, { for name, p in data.aws_ssm_parameter.provider : name => p.value }, {
    STAGE      = local.stage
    API_DOMAIN = aws_apigatewayv2_api.api.api_endpoint
    CORE_URI   = data.aws_ssm_parameter.database.value
    MASTER_KEY = data.aws_ssm_parameter.master_key.value
  })
}

# The function can write its log, and nothing else.
data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "log" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.auth.arn}:*"]
  }
}

resource "aws_iam_role" "auth" {
  name_prefix        = "postern-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "log" {
  role   = aws_iam_role.auth.id
  policy = data.aws_iam_policy_document.log.json
}

resource "aws_cloudwatch_log_group" "auth" {
  name              = "/aws/lambda/postern"
  retention_in_days = 30
}

resource "aws_lambda_function" "auth" {
  function_name    = "postern"
  role             = aws_iam_role.auth.arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = ["arm64"]
  filename         = "${path.module}/function.zip"
  source_code_hash = filebase64sha256("${path.module}/function.zip")
  memory_size      = 1024 # a password takes one core's time: 1769 MB is one core
  timeout          = 10
  environment {
    variables = var.website_domain == "" ? local.variables : merge(local.variables, { WEBSITE_DOMAIN = var.website_domain })
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.auth.name
  }
}

# The function answers preflight requests and marks every answer; an HTTP API
# with cors_configuration would do both in its place.
resource "aws_apigatewayv2_api" "api" {
  name          = "postern"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "auth" {
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.auth.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "all" {
  api_id    = aws_apigatewayv2_api.api.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.auth.id}"
}

resource "aws_apigatewayv2_stage" "stage" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = var.stage
  auto_deploy = true
}

resource "aws_lambda_permission" "api" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.auth.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/*/*"
}

output "sign_in" { value = "${aws_apigatewayv2_api.api.api_endpoint}${local.stage}/auth" }
output "function_name" { value = aws_lambda_function.auth.function_name }
