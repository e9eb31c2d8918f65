// Package delivery brings mail to its reader: what a mail is ([Email]), who
// sends it ([Sender]) and what the mails of the recipes say. [Text] and
// [TextSender] are the same for messages to phones.
//
//	sender, err := delivery.NewSMTP(delivery.SMTPConfig{
//		Host:     "smtp.example.com",
//		Username: "postern",
//		Password: "…",
//		From:     delivery.From{Name: "Example", Address: "hello@example.com"},
//	})
//	mail, err := delivery.PasswordReset{AppName: "Example", To: "ada@example.com", Link: link}.Email()
//	err = sender.Send(ctx, mail)
//
// [SMTP] sends over the network, encrypted unless told otherwise, and [Twilio]
// sends messages. [Outbox] keeps both in memory, for development and tests.
// Anything else that can send a mail is a Sender of one method.
//
// The mails have a plain text and an HTML form that says the same, need no
// picture and nothing from elsewhere, and suit light and dark readers.
package delivery
