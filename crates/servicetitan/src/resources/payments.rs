//! Payments: what a customer has paid.

use pipefit_component::Code;
use pipefit_component::prelude::*;

use crate::inputs::LIST;
use crate::records::{BATCH, GENERAL_LEDGER_ACCOUNT, NAME_AND_VALUE, NAMED};
use crate::service::ACCOUNTING;
use crate::values::custom_fields::CustomFieldOperation;
use crate::values::payments::PaymentSplit;

pub(crate) static PAYMENTS: ListEndpoint = ACCOUNTING
    .list("/payments")
    .resource("payments", "Payments")
    .record(&PAYMENT)
    .ids("ids")
    .including_inactive("activeState", "All");

/// Whether the accounting has a payment.
const PAYMENT_STATUSES: &[Choice] = &[EMPTY, plain("Pending"), plain("Posted"), plain("Exported")];

const AUTH_CODE: Input = Input::text("authCode", "Auth Code")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The code under which the card was accepted.")
    .omitted("Left out: none on create, unchanged on update.");
const CHECK_NUMBER: Input = Input::text("checkNumber", "Check Number")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The number of the cheque.")
    .omitted("Left out: none on create, unchanged on update.");
const EXPORT_ID: Input = Input::text("exportId", "Export ID")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The number under which your accounting knows the payment.")
    .omitted("Left out: none on create, unchanged on update.");
const MEMO: Input = Input::text("memo", "Memo")
    .example("Payment for services rendered.")
    .help("Notes on the payment.")
    .omitted("Left out: none on create, unchanged on update.");
const OPERATIONS: Input = Input::code("operations", "Operations")
    .shape::<Vec<CustomFieldOperation>>()
    .template(r#"[{"objectId": 0, "customFields": [{"name": "string", "value": "string"}]}]"#)
    .help("The payments, each with the custom fields to set; fields that are not named stay as they are.");
const PAID_ON: Input = Input::timestamp("paidOn", "Paid On")
    .example("2021-01-01T00:00:00Z")
    .help("When it was paid, with a time zone, such as `2026-02-04T00:00:00Z`.")
    .omitted("Now on create and unchanged on update when left out.");
const PAYMENT_ID: Input = Input::id("paymentId", "Payment ID")
    .example("10978752986")
    .source("selectPayment")
    .help("The payment, by its number.");
const SPLITS: Input = Input::code("splits", "Splits")
    .shape::<Vec<PaymentSplit>>()
    .template(r#"[{"invoiceId": 0, "amount": 0}]"#)
    .help("The complete list of invoices that the payment pays, each with its amount.");
const STATUS: Input = Input::text("status", "Status")
    .choices(PAYMENT_STATUSES)
    .default("")
    .help("Whether your accounting has the payment.")
    .omitted("Left out: `Pending` on create, unchanged on update.");
const TYPE_ID: Input = Input::id("typeId", "Type ID")
    .example("0")
    .help("The type of payment, such as cash or check, by its number in the settings of the account.");

static PAYMENT: Record = Record {
    help: "A payment, as the API lists it.",
    fields: &[
        Field::flag("active", "Whether it is in use.").example("true"),
        Field::objects("appliedTo", "The invoices that it pays.", &APPLIED_PAYMENT).nullable(),
        Field::text("authCode", "The code under which the card was accepted.").nullable(),
        Field::object("batch", "The batch that it was exported with.", &BATCH).nullable().example("null"),
        Field::object("businessUnit", "The business unit that it is booked for.", &NAMED).nullable().example("null"),
        Field::text("checkNumber", "The number of the cheque.").nullable().example("1042"),
        Field::text("createdBy", "Who took it.").nullable().example("office"),
        Field::timestamp("createdOn", "When it was added."),
        Field::object("customer", "Who paid.", &NAMED).nullable(),
        Field::objects("customFields", "Its custom fields.", &NAME_AND_VALUE).nullable().example("[]"),
        Field::timestamp("date", "When it was paid.").nullable().example("2026-02-04T00:00:00Z"),
        Field::object("deposit", "The deposit that it was taken to the bank with.", &NAMED).nullable().example("null"),
        Field::object("generalLedgerAccount", "The account that it is booked on.", &GENERAL_LEDGER_ACCOUNT)
            .nullable()
            .example("null"),
        Field::id("id", "The number of the record."),
        Field::text("memo", "Notes.").nullable().example("Paid at the door."),
        Field::timestamp("modifiedOn", "When it was last changed."),
        Field::text("referenceNumber", "The number that people see.").nullable().example("10978752986"),
        Field::id("refundedPaymentId", "The payment that it pays back.").nullable(),
        Field::text("syncStatus", "Whether the accounting has it: Pending, Posted or Exported.")
            .nullable()
            .example("Pending"),
        Field::text("total", "How much was paid, as text.").nullable().example("189.00"),
        Field::text("type", "The type of payment, by name.").nullable().example("Check"),
        Field::text("typeId", "The type of payment, as text.").nullable().example("1088"),
        Field::text("unappliedAmount", "What is not yet applied to an invoice, as text.").nullable().example("0.00"),
    ],
};

static WRITTEN_PAYMENT: Record = Record {
    help: "A payment that was added or changed, as the API answers it.",
    fields: &[
        Field::flag("active", "Whether it is in use.").nullable().example("true"),
        Field::text("authCode", "The code under which the card was accepted.").nullable(),
        Field::text("checkNumber", "The number of the cheque.").nullable().example("1042"),
        Field::id("customerId", "Who paid.").nullable().example("10978752986"),
        Field::text("exportId", "Its number in the accounting that it was exported to.").nullable(),
        Field::id("id", "The number of the record."),
        Field::text("memo", "Notes.").nullable().example("Paid at the door."),
        Field::timestamp("paidOn", "When it was paid.").nullable().example("2026-02-04T00:00:00Z"),
        Field::value::<PaymentSplit>("splits", "The invoices that it pays.")
            .list()
            .example(r#"[{"amount": 189.0, "invoiceId": 10978752986, "invoiceNumber": "10978752986"}]"#),
        Field::text("status", "Whether the accounting has it: Pending, Posted or Exported.")
            .nullable()
            .example("Pending"),
        Field::text("transactionStatus", "What became of a card payment: Success, Fail, Pending or Rejected.")
            .nullable(),
        Field::id("typeId", "The type of payment, by its number in the settings.").example("1088"),
    ],
};

static APPLIED_PAYMENT: Record = Record {
    help: "What a payment pays of one invoice.",
    fields: &[
        Field::text("appliedAmount", "How much, as text.").nullable().example("189.00"),
        Field::text("appliedBy", "Who applied it.").nullable().example("office"),
        Field::id("appliedId", "The number of the record."),
        Field::timestamp("appliedOn", "When it was applied.").nullable().example("2026-02-04T10:00:00Z"),
        Field::id("appliedTo", "The invoice."),
        Field::text("appliedToReferenceNumber", "The number of the invoice that people see.")
            .nullable()
            .example("10978752986"),
    ],
};

struct ListPayments;

impl Action for ListPayments {
    fn about(&self) -> About {
        About::read("listPayments", "List Payments", PAYMENTS.resource)
            .help("Lists payments with the invoices that they pay, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
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
            .help("Records a payment for one or more invoices of a customer and answers the new record.")
            .deprecated(
                "2026-03",
                "The API's description of March 2026 is the last known to have this endpoint. Where it is gone, take \
                 the payment inside the service.",
            )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                TYPE_ID.required(),
                SPLITS.required(),
                MEMO,
                PAID_ON,
                AUTH_CODE,
                CHECK_NUMBER,
                EXPORT_ID,
                STATUS,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PAYMENTS.create().returns(Output::Record(&WRITTEN_PAYMENT)).body(inputs)
    }

    fn reply(&self, _: &Request, outcome: Result<Response>) -> Result<Response> {
        // No id stands in this path: what is not found is the endpoint itself.
        outcome.map_err(|error| match error.status() {
            Some(404 | 405 | 410) => {
                let gone = "the service no longer has the endpoint that records payments: take the payment inside the \
                            service; `updatePayment` changes it from there";
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
            "Changes the given fields of a payment and answers the changed record. The splits are replaced as a whole.",
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
        const { &[CONNECTION, DEBUG_REQUEST, OPERATIONS.required()] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PAYMENTS.patch("custom-fields").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdatePaymentCustomFields);

struct SelectPayment;

impl DataSource for SelectPayment {
    fn about(&self) -> About {
        About::read("selectPayment", "Select Payment", PAYMENTS.resource).help("Offers payments by number and type.")
    }

    fn choices(&self) -> Choices {
        PAYMENTS.choices("#{id} - {type}").sorted_by("id")
    }
}

register!(source SelectPayment);
