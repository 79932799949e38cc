//! Files that are kept for installed equipment: photos, manuals, certificates.

use pipefit_component::prelude::*;

use crate::apis::EQUIPMENT;
use crate::installed_equipment::INSTALLED_EQUIPMENT;

const FILE: Input = Input::file("file", "Attachment File")
    .help("The file to store: its bytes in base64 as `data`, and its media type as `contentType`.");
const FILE_NAME: Input = Input::text("fileName", "File Name").example("Test File").help(
    "The name that the file is uploaded under, with its ending, such as `nameplate.jpg`; it wins over a name inside \
     the file.",
);
const PATH: Input = Input::text("path", "Path")
    .example("department")
    .help("Where the file is kept: the path that the upload answered, or one of the equipment's attachments.");

static INSTALLED_EQUIPMENT_ATTACHMENT: Record = Record {
    help: "Where an uploaded file is kept.",
    fields: &[Field::text("path", "The path to name in an equipment's attachments, and to download the file by.")
        .example("InstalledEquipment/Images/0b7c2f66-3f0c-4b4e-9a51-6a2b7f6f2a10.jpg")],
};

struct ListInstalledEquipmentAttachments;

impl Action for ListInstalledEquipmentAttachments {
    fn about(&self) -> About {
        About::read(
            "listInstalledEquipmentAttachments",
            "List Installed Equipment Attachments",
            INSTALLED_EQUIPMENT,
        )
        .help("Downloads the file at a path, and answers its bytes in base64 with its media type and, where it has one, its name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, PATH.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        Ok(EQUIPMENT.get("/installed-equipment/attachments").query(inputs)?.expect_bytes())
    }

    fn output(&self) -> Output {
        Output::File
    }
}

register!(action ListInstalledEquipmentAttachments);

struct CreateInstalledEquipmentAttachment;

impl Action for CreateInstalledEquipmentAttachment {
    fn about(&self) -> About {
        About::create(
            "createInstalledEquipmentAttachment",
            "Create Installed Equipment Attachment",
            INSTALLED_EQUIPMENT,
        )
        .help("Uploads a file and answers the path under which it is kept. To show it with a piece of equipment, name that path among the equipment's attachments.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, FILE.required(), FILE_NAME.required(), DEBUG_REQUEST] }
    }

    fn request(&self, mut inputs: Inputs) -> Result<Request> {
        let file = inputs.take_file(&FILE)?.named(&FILE_NAME, inputs.text(&FILE_NAME))?;
        EQUIPMENT.post("/installed-equipment/attachments").multipart(inputs, vec![Part::file(FILE.key, file)])
    }

    fn output(&self) -> Output {
        Output::Record(&INSTALLED_EQUIPMENT_ATTACHMENT)
    }
}

register!(action CreateInstalledEquipmentAttachment);
