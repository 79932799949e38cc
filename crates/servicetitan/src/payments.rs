//! Payments: what a customer has paid.

use pipefit_component::Code;
use pipefit_component::prelude::*;

use crate::apis::ACCOUNTING;
use crate::inputs::LIST;
use crate::shapes::custom_fields::CustomFieldOperation;
use crate::shapes::named::{Batch, GeneralLedgerAccount, NameAndValue, Named};
use crate::shapes::payments::PaymentSplit;

const PAYMENTS: Resource = Resource { key: "payments", label: "Payments" };

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

/// A payment, as the API lists it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct Payment {
    /// Whether it is in use.
    active: bool,
    /// The invoices that it pays.
    applied_to: Option<Vec<AppliedPayment>>,
    /// The code under which the card was accepted.
    auth_code: Option<String>,
    /// The batch that it was exported with.
    batch: Option<Batch>,
    /// The business unit that it is booked for.
    business_unit: Option<Named>,
    /// The number of the cheque.
    check_number: Option<String>,
    /// Who took it.
    created_by: Option<String>,
    /// When it was added.
    created_on: Timestamp,
    /// Who paid.
    customer: Option<Named>,
    /// Its custom fields.
    custom_fields: Option<Vec<NameAndValue>>,
    /// When it was paid.
    date: Option<Timestamp>,
    /// The deposit that it was taken to the bank with.
    deposit: Option<Named>,
    /// The account that it is booked on.
    general_ledger_account: Option<GeneralLedgerAccount>,
    /// The number of the record.
    id: Id,
    /// Notes.
    memo: Option<String>,
    /// When it was last changed.
    modified_on: Timestamp,
    /// The number that people see.
    reference_number: Option<String>,
    /// The payment that it pays back.
    refunded_payment_id: Option<Id>,
    /// Whether the accounting has it: Pending, Posted or Exported.
    sync_status: Option<String>,
    /// How much was paid, as text.
    total: Option<String>,
    /// The type of payment, by name.
    r#type: Option<String>,
    /// The type of payment, as text.
    type_id: Option<String>,
    /// What is not yet applied to an invoice, as text.
    unapplied_amount: Option<String>,
}

impl Record for Payment {
    const EXAMPLE: &'static str = r#"{"active":true,"appliedTo":[{"appliedAmount":"189.00","appliedBy":"office","appliedId":10978752986,"appliedOn":"2026-02-04T10:00:00Z","appliedTo":10978752986,"appliedToReferenceNumber":"10978752986"}],"authCode":null,"batch":null,"businessUnit":null,"checkNumber":"1042","createdBy":"office","createdOn":"2026-01-05T14:30:00Z","customer":{"id":10978752986,"name":"Hill Residence"},"customFields":[],"date":"2026-02-04T00:00:00Z","deposit":null,"generalLedgerAccount":null,"id":10978752986,"memo":"Paid at the door.","modifiedOn":"2026-01-05T14:30:00Z","referenceNumber":"10978752986","refundedPaymentId":null,"syncStatus":"Pending","total":"189.00","type":"Check","typeId":"1088","unappliedAmount":"0.00"}"#;
}

/// A payment that was added or changed, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct WrittenPayment {
    /// Whether it is in use.
    active: Option<bool>,
    /// The code under which the card was accepted.
    auth_code: Option<String>,
    /// The number of the cheque.
    check_number: Option<String>,
    /// Who paid.
    customer_id: Option<Id>,
    /// Its number in the accounting that it was exported to.
    export_id: Option<String>,
    /// The number of the record.
    id: Id,
    /// Notes.
    memo: Option<String>,
    /// When it was paid.
    paid_on: Option<Timestamp>,
    /// The invoices that it pays.
    splits: Vec<PaymentSplit>,
    /// Whether the accounting has it: Pending, Posted or Exported.
    status: Option<String>,
    /// What became of a card payment: Success, Fail, Pending or Rejected.
    transaction_status: Option<String>,
    /// The type of payment, by its number in the settings.
    type_id: Id,
}

impl Record for WrittenPayment {
    const EXAMPLE: &'static str = r#"{"active":true,"authCode":null,"checkNumber":"1042","customerId":10978752986,"exportId":null,"id":10978752986,"memo":"Paid at the door.","paidOn":"2026-02-04T00:00:00Z","splits":[{"amount":189.0,"invoiceId":10978752986,"invoiceNumber":"10978752986"}],"status":"Pending","transactionStatus":null,"typeId":1088}"#;
}

/// What a payment pays of one invoice.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct AppliedPayment {
    /// How much, as text.
    applied_amount: Option<String>,
    /// Who applied it.
    applied_by: Option<String>,
    /// The number of the record.
    applied_id: Id,
    /// When it was applied.
    applied_on: Option<Timestamp>,
    /// The invoice.
    applied_to: Id,
    /// The number of the invoice that people see.
    applied_to_reference_number: Option<String>,
}

struct ListPayments;

impl Action for ListPayments {
    fn about(&self) -> About {
        About::read("listPayments", "List Payments", PAYMENTS)
            .help("Lists payments with the invoices that they pay, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        ACCOUNTING.list("/payments").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Payment>()
    }
}

register!(action ListPayments);

struct CreatePayment;

#[async_trait]
impl Action for CreatePayment {
    fn about(&self) -> About {
        About::create("createPayment", "Create Payment", PAYMENTS)
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
        ACCOUNTING.post("/payments").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<WrittenPayment>()
    }

    async fn perform(&self, transport: &dyn Transport, inputs: Inputs) -> Result<Reply> {
        // No number stands in this path: what is not found is the endpoint itself.
        transport.send(self.request(inputs)?).await.map_err(|error| match error.http_status() {
            Some(404 | 405 | 410) => {
                let gone = "the service no longer has the endpoint that records payments: take the payment inside the \
                            service; `updatePayment` changes it from there";
                Error::new(Code::NotFound, gone).status(error.http_status().unwrap_or_default())
            }
            _ => error,
        })
    }
}

register!(action CreatePayment);

struct UpdatePayment;

impl Action for UpdatePayment {
    fn about(&self) -> About {
        About::update("updatePayment", "Update Payment", PAYMENTS).help(
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
        ACCOUNTING.patch("/payments/{paymentId}").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<WrittenPayment>()
    }
}

register!(action UpdatePayment);

struct UpdatePaymentCustomFields;

impl Action for UpdatePaymentCustomFields {
    fn about(&self) -> About {
        About::update("updatePaymentCustomFields", "Update Payment Custom Fields", PAYMENTS)
            .help("Sets custom fields of several payments at once.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, DEBUG_REQUEST, OPERATIONS.required()] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        ACCOUNTING.patch("/payments/custom-fields").body(inputs)
    }

    fn output(&self) -> Output {
        Output::Empty
    }
}

register!(action UpdatePaymentCustomFields);

struct SelectPayment;

impl Action for SelectPayment {
    fn about(&self) -> About {
        About::read("selectPayment", "Select Payment", PAYMENTS).help("Offers payments by number and type.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        ACCOUNTING.list("/payments").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Payment>()
    }
}

impl DataSource for SelectPayment {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("#{id} - {type}").sorted_by("id").found_by("ids").even_unused("activeState", "All")
    }
}

register!(source SelectPayment);
