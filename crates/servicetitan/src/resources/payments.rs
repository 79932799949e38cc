//! Payments: what customers have paid.

use pipefit_component::Code;
use pipefit_component::prelude::*;

use crate::filters;
use crate::inputs::{ADDITIONAL_FIELDS, CUSTOMER_ID, list_inputs};
use crate::records::{BATCH, FILLED_NAME_AND_VALUE, GENERAL_LEDGER_ACCOUNT, NAMED};
use crate::service::ACCOUNTING;
use crate::values::payments::{NewPaymentFields, PaymentCustomFields, PaymentFields, PaymentSplit};

pub(crate) static PAYMENTS: ListEndpoint = ACCOUNTING
    .list("/payments")
    .scope("tn.acc.payments")
    .resource("payments", "Payments")
    .record(&PAYMENT)
    .columns(&["id", "date", "customer.name", "type", "total", "unappliedAmount", "referenceNumber", "syncStatus"])
    // The API does not document which.
    .sort_fields(&[])
    .filters(&[
        filters::ACTIVE_STATE,
        Filter::text("appliedToInvoiceIds").joined(),
        Filter::text("appliedToReferenceNumber"),
        Filter::id("batchId"),
        Filter::integer("batchNumber"),
        Filter::text("businessUnitIds").joined(),
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        Filter::id("customerId"),
        filters::CUSTOM_FIELDS,
        filters::CUSTOM_FIELD_OPERATOR,
        Filter::text("depositIds").joined(),
        filters::IDS,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        Filter::timestamp("paidOnAfter"),
        Filter::timestamp("paidOnBefore"),
        Filter::text("statuses").joined(),
        Filter::decimal("totalGreater"),
        Filter::decimal("totalLess"),
        Filter::choice("transactionType", &["Undefined", "JournalEntry", "ReceivePayment"]),
    ])
    .ids("ids")
    .including_inactive("activeState", "All");

/// Whether the accounting system has a payment.
const PAYMENT_STATUSES: &[Choice] = &[EMPTY, plain("Pending"), plain("Posted"), plain("Exported")];

const AUTH_CODE: Input = Input::text("authCode", "Auth Code")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The authorization code of the card payment.");
const CHECK_NUMBER: Input = Input::text("checkNumber", "Check Number")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The check number.");
const EXPORT_ID: Input = Input::text("exportId", "Export ID")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The id of the payment in your accounting system.");
const MEMO: Input = Input::text("memo", "Memo").example("Payment for services rendered.").help("Notes on the payment.");
const OPERATIONS: Input = Input::code("operations", "Operations")
    .shape::<Vec<PaymentCustomFields>>()
    .template(r#"[{"objectId": 0, "customFields": [{"name": "string", "value": "string"}]}]"#)
    .help("The payments, each with the custom fields to set. Custom fields that are not listed keep their values.");
const PAID_ON: Input = Input::timestamp("paidOn", "Paid On")
    .example("2021-01-01T00:00:00Z")
    .help("When the payment was made, with a time zone, such as `2026-02-04T00:00:00Z`.")
    .omitted_on_create("Now when left out.");
const PAYMENT_ID: Input =
    Input::id("paymentId", "Payment ID").example("10978752986").source("selectPayment").help("The id of the payment.");
const SPLITS: Input = Input::code("splits", "Splits")
    .shape::<Vec<PaymentSplit>>()
    .template(r#"[{"invoiceId": 0, "amount": 0}]"#)
    .help("The complete list of invoices that the payment is applied to, each with its amount.");
const STATUS: Input = Input::text("status", "Status")
    .choices(PAYMENT_STATUSES)
    .default("")
    .help("Whether your accounting system has the payment.")
    .omitted_on_create("Defaults to `Pending` when left out.");
const TYPE_ID: Input = Input::id("typeId", "Type ID")
    .example("0")
    .help("The id of the payment type, such as cash or check, from the account settings.");

static PAYMENT: Record = Record {
    help: "A payment, as the list returns it.",
    fields: &[
        Field::flag("active", "Whether the payment is active.").example("true"),
        Field::objects("appliedTo", "The invoices that the payment is applied to.", &APPLIED_PAYMENT).nullable(),
        Field::text("authCode", "The authorization code of the card payment.").nullable(),
        Field::object("batch", "The batch that the payment was exported with.", &BATCH).nullable().example("null"),
        Field::object("businessUnit", "The business unit that the payment is booked to.", &NAMED)
            .nullable()
            .example("null"),
        Field::text("checkNumber", "The check number.").nullable().example("1042"),
        Field::text("createdBy", "The name of the user who recorded the payment.").nullable().example("office"),
        Field::timestamp("createdOn", "When the payment was created."),
        Field::object("customer", "The customer who paid.", &NAMED).nullable(),
        Field::objects("customFields", "The values of the payment's custom fields.", &FILLED_NAME_AND_VALUE)
            .nullable()
            .example("[]"),
        Field::timestamp("date", "When the payment was made.").nullable().example("2026-02-04T00:00:00Z"),
        Field::object("deposit", "The bank deposit that the payment is part of.", &NAMED).nullable().example("null"),
        Field::object(
            "generalLedgerAccount",
            "The general ledger account that the payment is booked to.",
            &GENERAL_LEDGER_ACCOUNT,
        )
        .nullable()
        .example("null"),
        Field::id("id", "The id of the payment."),
        Field::text("memo", "Notes on the payment.").nullable().example("Paid at the door."),
        Field::timestamp("modifiedOn", "When the payment was last modified."),
        Field::text("referenceNumber", "The payment number.").nullable().example("10978752986"),
        Field::id("refundedPaymentId", "The id of the payment that this payment refunds.").nullable(),
        Field::text("syncStatus", "Whether the accounting system has the payment: Pending, Posted or Exported.")
            .nullable()
            .example("Pending"),
        Field::text("total", "The amount paid, as text.").nullable().example("189.00"),
        Field::text("type", "The name of the payment type.").nullable().example("Check"),
        Field::text("typeId", "The id of the payment type, as text.").nullable().example("1088"),
        Field::text("unappliedAmount", "The amount that is not yet applied to an invoice, as text.")
            .nullable()
            .example("0.00"),
    ],
};

static WRITTEN_PAYMENT: Record = Record {
    help: "A new or changed payment.",
    fields: &[
        Field::flag("active", "Whether the payment is active.").nullable().example("true"),
        Field::text("authCode", "The authorization code of the card payment.").nullable(),
        Field::text("checkNumber", "The check number.").nullable().example("1042"),
        Field::id("customerId", "The id of the customer who paid.").nullable().example("10978752986"),
        Field::text("exportId", "The id of the payment in your accounting system.").nullable(),
        Field::id("id", "The id of the payment."),
        Field::text("memo", "Notes on the payment.").nullable().example("Paid at the door."),
        Field::timestamp("paidOn", "When the payment was made.").nullable().example("2026-02-04T00:00:00Z"),
        Field::value::<PaymentSplit>("splits", "The invoices that the payment is applied to.")
            .list()
            .example(r#"[{"amount": 189.0, "invoiceId": 10978752986, "invoiceNumber": "10978752986"}]"#),
        Field::text("status", "Whether the accounting system has the payment: Pending, Posted or Exported.")
            .nullable()
            .example("Pending"),
        Field::text("transactionStatus", "The result of a card payment: Success, Fail, Pending or Rejected.")
            .nullable(),
        Field::id("typeId", "The id of the payment type in the account settings.").example("1088"),
    ],
};

static APPLIED_PAYMENT: Record = Record {
    help: "The part of a payment that is applied to one invoice.",
    fields: &[
        Field::text("appliedAmount", "The amount, as text.").nullable().example("189.00"),
        Field::text("appliedBy", "The name of the user who applied the payment.").nullable().example("office"),
        Field::id("appliedId", "The id of this part."),
        Field::timestamp("appliedOn", "When the payment was applied.").nullable().example("2026-02-04T10:00:00Z"),
        Field::id("appliedTo", "The id of the invoice."),
        Field::text("appliedToReferenceNumber", "The invoice number.").nullable().example("10978752986"),
    ],
};

struct ListPayments;

impl Action for ListPayments {
    fn about(&self) -> About {
        About::read("listPayments", "List Payments", PAYMENTS.resource).help(
            "Returns one page of payments with the invoices they are applied to, or all of them with Fetch \
                 All.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&PAYMENTS) }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PAYMENTS.list().query(inputs)
    }
}

register!(action ListPayments);

struct CreatePayment;

impl Action for CreatePayment {
    fn about(&self) -> About {
        About::create("createPayment", "Create Payment", PAYMENTS.resource)
            .help("Records a payment for one or more invoices of a customer. Returns the new payment.")
            .deprecated(
                "2026-03",
                "The API description of March 2026 is the last one known to include this endpoint. If the endpoint is \
                 gone, record the payment in ServiceTitan.",
            )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                TYPE_ID.required(),
                SPLITS,
                MEMO,
                PAID_ON,
                AUTH_CODE,
                CHECK_NUMBER,
                EXPORT_ID,
                STATUS,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<NewPaymentFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PAYMENTS.create().returns(Output::Record(&WRITTEN_PAYMENT)).body(inputs)
    }

    fn reply(&self, _: &Request, outcome: Result<Response>) -> Result<Response> {
        // This path has no id: what is not found is the endpoint itself.
        outcome.map_err(|error| match error.status() {
            Some(404 | 405 | 410) => {
                let gone = "the service no longer has the endpoint that creates payments: record the payment in \
                            ServiceTitan; `updatePayment` can then change it";
                Error::new(Code::NotFound, gone)
                    .with_status(error.status())
                    .with_request(error.request().unwrap_or_default())
            }
            _ => error,
        })
    }
}

register!(action CreatePayment);

struct UpdatePayment;

impl Action for UpdatePayment {
    fn about(&self) -> About {
        About::update("updatePayment", "Update Payment", PAYMENTS.resource).help(
            "Changes the given fields of a payment. The splits are replaced as a whole. Returns the changed \
                 payment.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                PAYMENT_ID.required(),
                TYPE_ID.required(),
                SPLITS.required(),
                MEMO,
                PAID_ON,
                AUTH_CODE,
                CHECK_NUMBER,
                EXPORT_ID,
                STATUS,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<PaymentFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PAYMENTS.patch("{paymentId}").returns(Output::Record(&WRITTEN_PAYMENT)).body(inputs)
    }
}

register!(action UpdatePayment);

struct UpdatePaymentCustomFields;

impl Action for UpdatePaymentCustomFields {
    fn about(&self) -> About {
        About::update("updatePaymentCustomFields", "Update Payment Custom Fields", PAYMENTS.resource)
            .help("Sets custom fields of several payments at once.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, DEBUG_REQUEST, OPERATIONS.required(), ADDITIONAL_FIELDS] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PAYMENTS.patch("custom-fields").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdatePaymentCustomFields);

struct SelectPayment;

impl DataSource for SelectPayment {
    fn about(&self) -> About {
        About::read("selectPayment", "Select Payment", PAYMENTS.resource).help("Offers payments by id and type.")
    }

    fn choices(&self) -> Choices {
        PAYMENTS.choices("#{id} - {type}").sorted_by("id").narrowed_by(const { &[CUSTOMER_ID.narrowing()] })
    }
}

register!(source SelectPayment);
