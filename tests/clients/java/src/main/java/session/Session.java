// A session of the HAPI FHIR client (Maven Central) against a running server: java ... session.Session BASE
package session;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.SortOrderEnum;
import ca.uhn.fhir.rest.api.SortSpec;
import ca.uhn.fhir.rest.api.SummaryEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.api.ServerValidationModeEnum;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Enumerations.AdministrativeGender;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Meta;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.StringType;

public final class Session {
  private static final String SYSTEM = "http://clients.example/number";
  private static int steps = 0;
  private static int failed = 0;

  interface Work {
    void run() throws Exception;
  }

  private static void step(String sentence, Work work) {
    steps++;
    try {
      work.run();
      System.out.println("ok   " + sentence);
    } catch (Throwable error) {
      failed++;
      System.out.println("FAIL " + sentence + "\n     " + error);
      if (error instanceof BaseServerResponseException answer) System.out.println("     " + answer.getResponseBody());
    }
  }

  private static void check(boolean holds, Object seen) {
    if (!holds) throw new AssertionError("saw " + seen);
  }

  private static void refused(int status, Work work) throws Exception {
    try {
      work.run();
    } catch (BaseServerResponseException error) {
      check(error.getStatusCode() == status, error.getStatusCode() + " " + error.getResponseBody());
      check(error.getOperationOutcome() instanceof OperationOutcome outcome && outcome.hasIssue(), error.getResponseBody());
      return;
    }
    throw new AssertionError("expected " + status + ", the call succeeded");
  }

  private static Patient patient(String number) {
    Patient patient = new Patient();
    patient.addIdentifier().setSystem(SYSTEM).setValue(number);
    patient.addName().setFamily("Session " + number).addGiven("Ann");
    patient.setGender(AdministrativeGender.FEMALE).setBirthDate(new Date(-281_000_000_000L));
    return patient;
  }

  private static Observation observation(String subject, String date, String value) {
    Observation observation = new Observation();
    observation.setStatus(Observation.ObservationStatus.FINAL).setSubject(new Reference(subject)).setEffective(new DateTimeType(date));
    observation.getCode().addCoding().setSystem("http://loinc.org").setCode("4548-4");
    observation.setValue(new Quantity().setValue(new BigDecimal(value)).setUnit("%").setSystem("http://unitsofmeasure.org").setCode("%"));
    return observation;
  }

  private static Bundle rows(IGenericClient client, String patient, int count) {
    return client.search().forResource(Observation.class).where(Observation.PATIENT.hasId(patient))
        .sort(new SortSpec("date", SortOrderEnum.ASC)).count(count).returnBundle(Bundle.class).execute();
  }

  private static void session(FhirContext context, IGenericClient client, String name) {
    final Patient[] ann = new Patient[1];
    step(name + ": the capability statement is read and checked by the client", () -> {
      CapabilityStatement capability = client.capabilities().ofType(CapabilityStatement.class).execute();
      check(capability.getFhirVersion().toCode().equals("4.0.1"), capability.getFhirVersion());
      check(capability.getRestFirstRep().getResource().size() > 100, capability.getRestFirstRep().getResource().size());
    });
    step(name + ": create, read, vread", () -> {
      MethodOutcome made = client.create().resource(patient(name + "-1")).prefer(ca.uhn.fhir.rest.api.PreferReturnEnum.REPRESENTATION).execute();
      check(Boolean.TRUE.equals(made.getCreated()), made.getCreated());
      check(made.getId().getVersionIdPart().equals("1"), made.getId());
      ann[0] = client.read().resource(Patient.class).withId(made.getId().toUnqualifiedVersionless()).execute();
      check(ann[0].getIdentifierFirstRep().getValue().equals(name + "-1"), ann[0].getId());
      Patient first = client.read().resource(Patient.class).withIdAndVersion(ann[0].getIdElement().getIdPart(), "1").execute();
      check(first.equalsDeep(ann[0]), context.newJsonParser().encodeResourceToString(first));
    });
    final String[] id = {ann[0] == null ? "none" : ann[0].getIdElement().getIdPart()};
    step(name + ": update with If-Match, and a stale one", () -> {
      Patient stale = ann[0].copy();
      ann[0].setActive(true);
      MethodOutcome updated = client.update().resource(ann[0]).withId("Patient/" + id[0]).withAdditionalHeader("If-Match", "W/\"1\"").execute();
      check(updated.getId().getVersionIdPart().equals("2"), updated.getId());
      refused(412, () -> client.update().resource(stale).withId("Patient/" + id[0]).withAdditionalHeader("If-Match", "W/\"1\"").execute());
    });
    step(name + ": conditional create, update and read", () -> {
      MethodOutcome again = client.create().resource(patient(name + "-1")).conditional()
          .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, name + "-1")).execute();
      check(again.getId().getIdPart().equals(id[0]), again.getId());
      check(!Boolean.TRUE.equals(again.getCreated()), again.getCreated());
      MethodOutcome made = client.update().resource(patient(name + "-2")).conditional()
          .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, name + "-2")).execute();
      check(Boolean.TRUE.equals(made.getCreated()), made.getCreated());
      Patient same = client.read().resource(Patient.class).withId(id[0]).ifVersionMatches("2").returnNull().execute();
      check(same == null, same);
    });
    step(name + ": FHIRPath Patch", () -> {
      Parameters patch = new Parameters();
      Parameters.ParametersParameterComponent operation = patch.addParameter().setName("operation");
      operation.addPart().setName("type").setValue(new CodeType("replace"));
      operation.addPart().setName("path").setValue(new StringType("Patient.gender"));
      operation.addPart().setName("value").setValue(new CodeType("other"));
      client.patch().withFhirPatch(patch).withId("Patient/" + id[0]).execute();
      Patient patched = client.read().resource(Patient.class).withId(id[0]).execute();
      check(patched.getGender() == AdministrativeGender.OTHER, patched.getGender());
    });
    step(name + ": a transaction with urn:uuid references keeps every digit", () -> {
      Bundle bundle = new Bundle().setType(Bundle.BundleType.TRANSACTION);
      String urn = IdType.newRandomUuid().getValue();
      bundle.addEntry().setFullUrl(urn).setResource(patient(name + "-3")).getRequest().setMethod(Bundle.HTTPVerb.POST).setUrl("Patient");
      for (int day = 1; day <= 23; day++)
        bundle.addEntry().setResource(observation(urn, String.format("2026-05-%02d", day), "6.50")).getRequest()
            .setMethod(Bundle.HTTPVerb.POST).setUrl("Observation");
      Bundle answer = client.transaction().withBundle(bundle).execute();
      check(answer.getEntry().size() == 24, answer.getEntry().size());
      check(answer.getEntry().stream().allMatch(each -> each.getResponse().getStatus().startsWith("201")), answer.getEntryFirstRep().getResponse().getStatus());
      id[0] = new IdType(answer.getEntryFirstRep().getResponse().getLocation()).getIdPart();
      Observation row = (Observation) rows(client, id[0], 1).getEntryFirstRep().getResource();
      check(row.getValueQuantity().getValue().toPlainString().equals("6.50"), row.getValueQuantity().getValue());
    });
    step(name + ": every page of a search, each row once", () -> {
      Set<String> seen = new HashSet<>();
      List<Integer> sizes = new ArrayList<>();
      Bundle page = rows(client, id[0], 10);
      check(page.getTotal() == 23, page.getTotal());
      while (true) {
        sizes.add(page.getEntry().size());
        page.getEntry().forEach(each -> seen.add(each.getResource().getIdElement().getIdPart()));
        if (page.getLink(Bundle.LINK_NEXT) == null) break;
        page = client.loadPage().next(page).execute();
      }
      check(seen.size() == 23 && sizes.equals(List.of(10, 10, 3)), sizes);
    });
    step(name + ": _include, _revinclude, chaining, _has, _summary", () -> {
      Bundle with = client.search().forResource(Observation.class).where(Observation.PATIENT.hasChainedProperty(Patient.IDENTIFIER.exactly().code(name + "-3")))
          .include(Observation.INCLUDE_PATIENT).count(2).returnBundle(Bundle.class).execute();
      check(with.getEntry().size() == 3, with.getEntry().size());
      Bundle from = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.exactly().code(name + "-3"))
          .revInclude(Observation.INCLUDE_SUBJECT).returnBundle(Bundle.class).execute();
      check(from.getEntry().size() == 24, from.getEntry().size());
      Bundle has = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.exactly().code(name + "-3"))
          .and(Patient.RES_ID.exactly().code(id[0])).returnBundle(Bundle.class).execute();
      check(has.getEntry().size() == 1, has.getEntry().size());
      Bundle count = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.exactly().code(name + "-3"))
          .summaryMode(SummaryEnum.COUNT).returnBundle(Bundle.class).execute();
      check(count.getTotal() == 1 && count.getEntry().isEmpty(), count.getTotal());
    });
    step(name + ": a search by POST", () -> {
      Bundle found = client.search().forResource(Observation.class).where(Observation.PATIENT.hasId(id[0]))
          .usingStyle(ca.uhn.fhir.rest.api.SearchStyleEnum.POST).returnBundle(Bundle.class).execute();
      check(found.getTotal() == 23, found.getTotal());
    });
    step(name + ": a batch answers each entry for itself", () -> {
      Bundle bundle = new Bundle().setType(Bundle.BundleType.BATCH);
      bundle.addEntry().getRequest().setMethod(Bundle.HTTPVerb.GET).setUrl("Patient/" + id[0]);
      bundle.addEntry().getRequest().setMethod(Bundle.HTTPVerb.GET).setUrl("Patient/nobody-here");
      Bundle answer = client.transaction().withBundle(bundle).execute();
      check(answer.getEntry().get(0).getResource() instanceof Patient, answer.getEntry().get(0).getResponse().getStatus());
      check(answer.getEntry().get(1).getResponse().getStatus().startsWith("404"), answer.getEntry().get(1).getResponse().getStatus());
    });
    step(name + ": history of instance, type and server", () -> {
      Bundle own = client.history().onInstance("Patient/" + ann[0].getIdElement().getIdPart()).returnBundle(Bundle.class).execute();
      check(own.getEntry().size() == 3, own.getEntry().size());
      check(client.history().onType(Patient.class).returnBundle(Bundle.class).execute().getType() == Bundle.BundleType.HISTORY, "type");
      check(client.history().onServer().returnBundle(Bundle.class).count(5).execute().getEntry().size() == 5, "server");
    });
    step(name + ": $everything, $meta and $meta-add, $worklist", () -> {
      Bundle everything = client.operation().onInstance("Patient/" + id[0]).named("$everything").withNoParameters(Parameters.class)
          .useHttpGet().returnResourceType(Bundle.class).execute();
      check(everything.getEntry().size() >= 24, everything.getEntry().size());
      client.meta().add().onResource(new IdType("Patient", id[0])).meta((Meta) new Meta().addTag(SYSTEM, "seen", null)).execute();
      Meta meta = client.meta().get(Meta.class).fromResource(new IdType("Patient", id[0])).execute();
      check(meta.getTag(SYSTEM, "seen") != null, meta);
      Parameters owner = new Parameters();
      owner.addParameter("owner", "Practitioner/nobody");
      Bundle list = client.operation().onServer().named("$worklist").withParameters(owner).useHttpGet().returnResourceType(Bundle.class).execute();
      check(list.getType() == Bundle.BundleType.SEARCHSET, list.getType());
    });
    step(name + ": delete, and what was deleted", () -> {
      IdType gone = (IdType) client.create().resource(patient(name + "-4")).execute().getId().toUnqualifiedVersionless();
      client.delete().resourceById(gone).execute();
      refused(410, () -> client.read().resource(Patient.class).withId(gone).execute());
      client.create().resource(patient(name + "-5")).execute();
      client.delete().resourceConditionalByType(Patient.class).where(Patient.IDENTIFIER.exactly().systemAndIdentifier(SYSTEM, name + "-5")).execute();
      Bundle none = client.search().forResource(Patient.class).where(Patient.IDENTIFIER.exactly().code(name + "-5")).returnBundle(Bundle.class).execute();
      check(none.getTotal() == 0, none.getTotal());
    });
    step(name + ": errors are outcomes", () -> {
      refused(404, () -> client.read().resource(Patient.class).withId("nobody-here").execute());
      Patient wrong = patient(name + "-6");
      wrong.getContactFirstRep().setGender(AdministrativeGender.MALE);
      Observation without = new Observation();
      without.setStatus(Observation.ObservationStatus.FINAL);
      refused(422, () -> client.create().resource(without).execute());
    });
  }

  public static void main(String[] arguments) {
    FhirContext context = FhirContext.forR4();
    context.getRestfulClientFactory().setServerValidationMode(ServerValidationModeEnum.ONCE);
    IGenericClient json = context.newRestfulGenericClient(arguments[0]);
    json.setEncoding(EncodingEnum.JSON);
    session(context, json, "json");
    IGenericClient xml = context.newRestfulGenericClient(arguments[0]);
    xml.setEncoding(EncodingEnum.XML);
    session(context, xml, "xml");
    System.out.println("hapi-fhir-client: " + (steps - failed) + " of " + steps + " steps passed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
