//! What Twilio's schema would warn of: unknown verbs, attributes and nestings (12200).

use super::xml::Element;

/// Adds a warning for each element and attribute that Twilio does not know.
pub(super) fn check(parent: &Element, warnings: &mut Vec<String>) {
    for child in &parent.children {
        if !children_of(&parent.name).contains(&child.name.as_str()) {
            warnings.push(format!("<{}> is not allowed in <{}>", child.name, parent.name));
            continue;
        }
        let Some(known) = attributes_of(&child.name) else { continue };
        for (name, _) in &child.attributes {
            if !known.split(' ').any(|one| one == name) {
                warnings.push(format!("<{}> has no attribute {name}", child.name));
            }
        }
        if child.name != "Say" {
            check(child, warnings);
        }
    }
}

fn children_of(parent: &str) -> &'static [&'static str] {
    match parent {
        "Response" => &["Say", "Play", "Pause", "Gather", "Record", "Dial", "Redirect", "Hangup", "Reject"],
        "Gather" => &["Say", "Play", "Pause"],
        "Dial" => &["Number", "Sip"],
        _ => &[],
    }
}

fn attributes_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "Say" => "voice language loop",
        "Play" => "loop digits",
        "Pause" => "length",
        "Redirect" => "method",
        "Hangup" => "",
        "Reject" => "reason",
        "Gather" => {
            "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits \
             partialResultCallback partialResultCallbackMethod language hints bargeIn debug actionOnEmptyResult \
             speechModel enhanced"
        }
        "Record" => {
            "action method timeout finishOnKey maxLength playBeep trim recordingStatusCallback \
             recordingStatusCallbackMethod recordingStatusCallbackEvent transcribe transcribeCallback"
        }
        "Dial" => {
            "action method timeout hangupOnStar timeLimit callerId record trim recordingStatusCallback \
             recordingStatusCallbackMethod recordingStatusCallbackEvent answerOnBridge ringTone recordingTrack \
             sequential referUrl referMethod events passports callReason recordingConfigurationId"
        }
        "Number" => {
            "sendDigits url method statusCallbackEvent statusCallback statusCallbackMethod byoc machineDetection \
             amdStatusCallback amdStatusCallbackMethod machineDetectionTimeout machineDetectionSpeechThreshold \
             machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout"
        }
        "Sip" => {
            "username password url method statusCallbackEvent statusCallback statusCallbackMethod machineDetection \
             amdStatusCallback amdStatusCallbackMethod machineDetectionTimeout machineDetectionSpeechThreshold \
             machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout"
        }
        _ => return None,
    })
}
