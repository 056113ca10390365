<?php
/**
 * Contact Form 7: heard before its mail leaves, so that a mail that cannot be sent loses nothing.
 */

namespace Ringback\Sources;

use Ringback\Submission;

defined( 'ABSPATH' ) || exit;

final class ContactForm7 extends Source {

	/** A label's own text before the tag that it stands around: `<label> Your name [text* your-name] </label>`. */
	const LABEL = '/<label[^>]*>\s*([^\[<]+?)\s*(?:<[^>]*>\s*)*\[[a-z_]+\*?\s+([^\s\]]+)/iu';

	public function title(): string {
		return 'Contact Form 7';
	}

	public function is_here(): bool {
		return class_exists( 'WPCF7_Submission' );
	}

	public function listen(): void {
		add_action( 'wpcf7_before_send_mail', array( $this, 'take' ), PHP_INT_MAX, 2 );
	}

	public function take( $form, $abort = false ): void {
		if ( ! $abort ) {
			$this->quietly( function () use ( $form ) {
				$submission = \WPCF7_Submission::get_instance();
				if ( $submission ) {
					Submission::form( 'contact-form-7', (string) $form->id(), (string) $form->title(), $this->fields( $form, $submission ), (string) $submission->get_meta( 'url' ) );
				}
			} );
		}
	}

	private function fields( $form, $submission ): array {
		preg_match_all( self::LABEL, (string) $form->prop( 'form' ), $found, PREG_SET_ORDER );
		$labels = array_column( $found, 1, 2 );
		$types  = array();
		foreach ( $form->scan_form_tags() as $tag ) {
			$types[ $tag->name ] = (string) $tag->basetype;
		}
		$fields = array();
		$files  = (array) $submission->uploaded_files(); // of which the answers hold a sum
		foreach ( array_diff_key( (array) $submission->get_posted_data(), $files ) as $name => $value ) {
			if ( '_' !== substr( (string) $name, 0, 1 ) ) {
				$fields[] = array( 'name' => $name, 'label' => $labels[ $name ] ?? '', 'type' => $types[ $name ] ?? '', 'value' => $value );
			}
		}
		foreach ( $files as $name => $paths ) {
			$fields[] = array( 'name' => $name, 'label' => $labels[ $name ] ?? '', 'type' => 'file', 'value' => array_map( 'wp_basename', (array) $paths ) );
		}
		return $fields;
	}
}
