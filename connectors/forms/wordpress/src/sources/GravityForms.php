<?php
/**
 * Gravity Forms: an entry's values under the labels of its form; parts of one field (a name, ticks) are put together.
 * Some fields (a time, a date by drop-downs) have parts on the page and one value in the entry.
 */

namespace Ringback\Sources;

use Ringback\Submission;

defined( 'ABSPATH' ) || exit;

final class GravityForms extends Source {

	const SILENT = array( 'html', 'section', 'page', 'captcha', 'password', 'creditcard' );

	public function title(): string {
		return 'Gravity Forms';
	}

	public function is_here(): bool {
		return class_exists( 'GFForms' );
	}

	public function listen(): void {
		add_action( 'gform_after_submission', array( $this, 'take' ), PHP_INT_MAX, 2 );
	}

	public function take( $entry, $form ): void {
		if ( 'spam' === ( $entry['status'] ?? '' ) ) {
			return;
		}
		$this->quietly( function () use ( $entry, $form ) {
			$answers = array();
			foreach ( (array) ( $form['fields'] ?? array() ) as $field ) {
				$field = (object) $field;
				if ( ! in_array( $field->type ?? '', self::SILENT, true ) ) {
					$answers[] = array( 'name' => (string) $field->id, 'label' => (string) $field->label, 'type' => (string) $field->type, 'value' => $this->value( $entry, $field ) );
				}
			}
			Submission::form( 'gravity-forms', (string) ( $form['id'] ?? '' ), (string) ( $form['title'] ?? '' ), $answers, (string) ( $entry['source_url'] ?? '' ) );
		} );
	}

	private function value( array $entry, object $field ) {
		$inputs = method_exists( $field, 'get_entry_inputs' ) ? $field->get_entry_inputs() : ( $field->inputs ?? null );
		$parts  = array();
		foreach ( is_array( $inputs ) ? $inputs : array() as $input ) {
			$parts[] = (string) ( $entry[ (string) $input['id'] ] ?? '' );
		}
		$parts = array_values( array_filter( $parts, 'strlen' ) );
		if ( ! $parts ) {
			return $entry[ (string) $field->id ] ?? '';
		}
		$glue  = array( 'name' => ' ', 'address' => ', ' );
		return isset( $glue[ $field->type ] ) ? implode( $glue[ $field->type ], $parts ) : $parts;
	}
}
